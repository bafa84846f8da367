import { watch } from '../../realtime/watch.js';
import { DomainError } from '../../domain-error.js';
import type { LoginDeps } from '../create-login.js';
import { AttemptNotFound, type LoginAttempt, isFinal } from './attempt.js';
import { readAttempt, readChangedAttempt } from './read-attempt.js';

/**
 * Streams an attempt to a client that sends its secret: the current status, then every change. The stream yields
 * EXPIRED at the moment of expiry, and ends after a final status. See docs/decisions/0006.
 *
 * @throws AttemptNotFound at the first read
 * @throws DomainError ALREADY_WATCHED
 */
export async function watchAttempt(
  { attemptId, secret, connection, ip }: { attemptId: string; secret: string; connection: object; ip: string },
  deps: Pick<LoginDeps, 'attempts' | 'bus' | 'deadlines' | 'watchers' | 'guardEvents'>,
): Promise<AsyncIterableIterator<LoginAttempt>> {
  const key = { attemptId, secret };
  if (!(await readAttempt(key, deps))) throw new AttemptNotFound();
  const topic = attemptId.toLowerCase();
  const leave = deps.watchers.join({ attemptId: topic, connection, ip });
  if (!leave) {
    deps.guardEvents.record({ rule: 'watchers', action: 'refused', attemptId: topic, ip });
    throw new DomainError('ALREADY_WATCHED');
  }
  return watch(
    {
      topic,
      read: (seenVersion) => readChangedAttempt({ ...key, seenVersion }, deps),
      onEnd: leave,
      version: (attempt) => attempt.version,
      isFinal: (attempt) => isFinal(attempt.status),
      changesAt: (attempt) => attempt.expiresAt.getTime(),
    },
    deps,
  );
}
