import type { Transport } from '../transport.js';
import type { AttemptKey, LoginAttempt } from './attempt.js';
import type { WatchTimings } from './timings.js';

export interface WatchDeps {
  transport: Transport;
  timings: WatchTimings;
}

/**
 * One way to follow an attempt: WebSocket, SSE or polling. Yields the status now, then each one that it learns of, until the
 * gateway ends it or the signal is aborted.
 *
 * @throws PhonegateError NETWORK when the connection breaks, or the code that the gateway refuses with
 */
export type WatchTransport = (
  input: { attempt: AttemptKey; signal: AbortSignal },
  deps: WatchDeps,
) => AsyncGenerator<LoginAttempt>;
