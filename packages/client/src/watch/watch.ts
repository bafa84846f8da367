import { PhonegateError } from '../error.js';
import { onResume } from '../on-resume.js';
import { abortedWith, pause } from '../pause.js';
import type { Transport } from '../transport.js';
import { type AttemptKey, type LoginAttempt, isFinal } from './attempt.js';
import { watchByPolling } from './polling.js';
import { watchBySse } from './sse.js';
import { WATCH_TIMINGS, type WatchTimings } from './timings.js';
import { createTransportFallback } from './transport-fallback.js';
import type { WatchDeps, WatchTransport } from './watch-transport.js';
import { watchByWebSocket } from './websocket.js';

const TRANSPORTS = [watchByWebSocket, watchBySse, watchByPolling];

/** Errors that a new try may not meet again. The gateway would repeat every other refusal. */
const TRANSIENT = /^(NETWORK|UNAVAILABLE|INTERNAL_SERVER_ERROR|TOO_MANY_STREAMS|ALREADY_WATCHED)$/;
const isPermanent = (error: unknown) => error instanceof PhonegateError && !TRANSIENT.test(error.code);

/**
 * Yields the attempt now, then every change, until a final status. Uses a WebSocket; SSE where sockets are blocked; polling
 * where both are. Reconnects when the connection breaks: the gateway sends the current status first, so no change is missed
 * and none is reported twice. Ends early only when the signal is aborted or the caller leaves.
 *
 * @throws PhonegateError ATTEMPT_NOT_FOUND, and every other refusal that would be repeated
 */
export function watchLogin(
  { attempt, signal }: { attempt: AttemptKey; signal?: AbortSignal | undefined },
  { transport, timings = WATCH_TIMINGS }: { transport: Transport; timings?: WatchTimings },
): AsyncGenerator<LoginAttempt, void, undefined> {
  const end = new AbortController();
  const changes = watchUntil({ attempt, end, signal }, { transport, timings });
  const { return: leave } = changes;
  // A generator that waits for the next status would only run its `finally` after that status.
  changes.return = (value) => {
    end.abort();
    return leave.call(changes, value);
  };
  return changes;
}

interface WatchInput {
  attempt: AttemptKey;
  /** Aborted when the watch is over, and by a caller that leaves. */
  end: AbortController;
  signal: AbortSignal | undefined;
}

async function* watchUntil(
  { attempt, end, signal }: WatchInput,
  deps: WatchDeps,
): AsyncGenerator<LoginAttempt, void, undefined> {
  const fallback = createTransportFallback({ transports: TRANSPORTS.length });
  let round = abortedWith(end.signal);
  let resumed = false;
  let reported = '';
  const stopOnResume = onResume(() => {
    resumed = true;
    round.abort();
  });
  const leave = () => end.abort();
  end.signal.addEventListener('abort', () => {
    stopOnResume();
    signal?.removeEventListener('abort', leave);
  });
  signal?.addEventListener('abort', leave);
  if (signal?.aborted) leave();
  try {
    while (!end.signal.aborted) {
      round = abortedWith(end.signal);
      resumed = false;
      let worked = false;
      const deadline = setTimeout(() => round.abort(), firstStatusWithin(fallback.failures(), deps.timings));
      const watch = TRANSPORTS[fallback.current()] as WatchTransport;
      try {
        for await (const current of watch({ attempt, signal: round.signal }, deps)) {
          clearTimeout(deadline);
          const text = JSON.stringify(current);
          if (text !== reported) yield current;
          reported = text;
          if (isFinal(current)) return;
          const isFirst = !worked;
          worked = true;
          if (isFirst && fallback.succeeded()) break;
        }
        // To a faster transport, or to another instance, because this one shuts down.
        resumed ||= worked;
      } catch (error) {
        if (isPermanent(error)) throw error;
      } finally {
        clearTimeout(deadline);
        round.abort();
      }
      if (resumed) continue;
      fallback.failed();
      round = abortedWith(end.signal);
      await pause(pauseAfter(fallback.failures(), deps.timings), round.signal);
      round.abort();
    }
  } finally {
    end.abort();
  }
}

const firstStatusWithin = (failures: number, timings: WatchTimings) =>
  timings.firstStatusWithin * Math.min(5, 1 + failures);

/** Exponential backoff. The random half keeps clients apart that lost the gateway at the same moment. */
const pauseAfter = (failures: number, timings: WatchTimings) =>
  timings.shortestPause * Math.min(20, 2 ** failures) * (0.5 + Math.random() / 2);
