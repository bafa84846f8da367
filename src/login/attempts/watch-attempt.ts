import type { Deadlines } from '../../realtime/deadlines.js';
import type { Bus } from '../../realtime/bus.js';
import { watch } from '../../realtime/watch.js';
import { AttemptNotFound, type LoginAttempt, isFinal } from './attempt.js';
import { type AttemptLoader, readAttempt } from './read-attempt.js';

/**
 * Streams an attempt to a client that shows its secret: the present status, then every change. The stream ends after a final
 * status, and pushes EXPIRED at the moment the time is up.
 *
 * @throws AttemptNotFound at the first read
 */
export async function watchAttempt(
  input: { attemptId: string; secret: string },
  deps: { attempts: AttemptLoader; bus: Bus; deadlines: Deadlines },
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
