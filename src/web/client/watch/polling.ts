import { PhonegateError } from '../error.js';
import { documents } from '../generated.js';
import { pause } from '../pause.js';
import type { Transport } from '../transport.js';
import type { AttemptKey, LoginAttempt } from './watch.js';

const EVERY_MS = 2_000;
const ANSWERED_WITHIN_MS = 10_000;

/** The attempt's state, asked for again and again: the way that is always left. */
export async function* overPolling(
  attempt: AttemptKey,
  { send }: Transport,
  signal: AbortSignal,
): AsyncGenerator<LoginAttempt> {
  while (!signal.aborted) {
    const options = { signal, withinMs: ANSWERED_WITHIN_MS };
    const { loginAttempt } = await send(documents.LoginAttempt, attempt, options);
    if (!loginAttempt) throw new PhonegateError('ATTEMPT_NOT_FOUND', 'No such login attempt.');
    yield loginAttempt;
    await pause(EVERY_MS, signal);
  }
}
