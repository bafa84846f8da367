import type { Deadlines } from '../../realtime/deadlines.js';
import type { Bus } from '../../realtime/bus.js';
import { watch } from '../../realtime/watch.js';
import { AttemptNotFound, type LoginAttempt, isFinal } from './attempt.js';
import type { ReadAttempt } from './read-attempt.js';

/**
 * The present state of an attempt, then every change, for whoever shows its secret. It ends after a final state, and
 * pushes EXPIRED at the moment the time is up.
 *
 * @throws AttemptNotFound at the first read
 */
export async function watchAttempt(
  input: { attemptId: string; secret: string },
  { readAttempt, bus, deadlines }: { readAttempt: ReadAttempt; bus: Bus; deadlines: Deadlines },
): Promise<AsyncIterableIterator<LoginAttempt>> {
  const { attemptId, secret } = input;
  if (!(await readAttempt(attemptId, secret))) throw new AttemptNotFound();
  return watch(
    {
      topic: attemptId.toLowerCase(),
      read: () => readAttempt(attemptId, secret),
      version: (attempt) => attempt.version,
      isFinal: (attempt) => isFinal(attempt.status),
      changesAt: (attempt) => attempt.expiresAt.getTime(),
    },
    { bus, deadlines },
  );
}
