import { WebSocket } from 'ws';
import { createClock } from '../src/clock.js';
import type { AttemptKey, LoginAttempt } from '../src/index.js';
import { createTransport } from '../src/transport.js';
import { WATCH_TIMINGS, type WatchTimings } from '../src/watch/timings.js';
import { watchLogin } from '../src/watch/watch.js';

/** Pauses of a tenth, so that a test of a lost connection takes no half minute; deadlines that a busy machine meets. */
const SHORT_TIMINGS: WatchTimings = {
  ...WATCH_TIMINGS,
  firstStatusWithin: 3_000,
  shortestPause: 25,
  pingAfter: 500,
  pongWithin: 1_500,
  streamSilence: 1_500,
  pollInterval: 200,
};

/** What `watchLogin` of a client does, with timings of the test's choice. */
export function watchWithTimings(
  { url, attempt, signal }: { url: string; attempt: AttemptKey; signal?: AbortSignal | undefined },
  timings: Partial<WatchTimings> = {},
): AsyncGenerator<LoginAttempt, void, undefined> {
  const transport = createTransport({
    url: url.replace(/\/$/, ''),
    locale: () => undefined,
    clock: createClock(),
    webSocketImpl: WebSocket,
  });
  return watchLogin({ attempt, signal }, { transport, timings: { ...SHORT_TIMINGS, ...timings } });
}
