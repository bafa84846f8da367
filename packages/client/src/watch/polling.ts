import { PhonegateError } from '../error.js';
import { documents } from '../generated.js';
import { pause } from '../pause.js';
import type { WatchTransport } from './watch-transport.js';

/** Queries the attempt again and again. Works on every network that the other calls work on. */
export const watchByPolling: WatchTransport = async function* ({ attempt, signal }, { transport, timings }) {
  while (!signal.aborted) {
    const options = { signal, withinMs: timings.pollAnsweredWithin };
    const { loginAttempt } = await transport.send(documents.LoginAttempt, attempt, options);
    if (!loginAttempt) throw new PhonegateError('ATTEMPT_NOT_FOUND');
    yield loginAttempt;
    await pause(timings.pollInterval, signal);
  }
};
