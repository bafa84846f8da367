import { watch } from '../../realtime/watch.js';
import type { LoginDeps } from '../create-login.js';
import { AttemptNotFound, type LoginAttempt, isFinal } from './attempt.js';
import { readAttempt } from './read-attempt.js';

/**
 * Streams an attempt to a client that sends its secret: the current status, then every change. The stream yields
 * EXPIRED at the moment of expiry, and ends after a final status. See docs/decisions/0006.
 *
 * @throws AttemptNotFound at the first read
 */
export async function watchAttempt(
  input: { attemptId: string; secret: string },
  deps: Pick<LoginDeps, 'attempts' | 'bus' | 'deadlines'>,
): Promise<AsyncIterableIterator<LoginAttempt>> {
  if (!(await readAttempt(input, deps))) throw new AttemptNotFound();
  return watch(
    {
      topic: input.attemptId.toLowerCase(),
      read: () => readAttempt(input, deps),
      version: (attempt) => attempt.version,
      isFinal: (attempt) => isFinal(attempt.status),
      changesAt: (attempt) => attempt.expiresAt.getTime(),
    },
    deps,
  );
}
