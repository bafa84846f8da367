import { AttemptNotFound, type LoginAttempt, hashSecret, isAttemptId } from './attempts/attempt.js';
import { type FoundAttempt, FOUND_ATTEMPT, closedError } from './attempts/closed-error.js';
import { readAttempt } from './attempts/read-attempt.js';
import type { LoginDeps } from './deps.js';

/** Cancels what is still open; against a verify, a message or the clock exactly one wins. */
const CANCEL = {
  name: 'cancel_login',
  text: `
    UPDATE login_attempts SET status = 'CANCELED', version = version + 1
    WHERE id = $1 AND secret_hash = $2 AND status IN ('PENDING', 'CONFIRMING', 'COMPLETED') AND expires_at > now()
    RETURNING id`,
};

const READ = {
  name: 'read_canceled_login',
  text: `SELECT ${FOUND_ATTEMPT} FROM login_attempts a WHERE a.id = $1 AND a.secret_hash = $2`,
};

/** Ends an attempt at its client's wish. @throws AttemptNotFound, AttemptClosed */
export async function cancelLogin(
  input: { attemptId: string; secret: string },
  { database, bus, audit, attempts }: Pick<LoginDeps, 'database' | 'bus' | 'audit' | 'attempts'>,
): Promise<LoginAttempt> {
  if (!isAttemptId(input.attemptId)) throw new AttemptNotFound();
  const key = [input.attemptId, hashSecret(input.secret)];
  const canceled = await database.query(CANCEL, key);
  if (canceled.length === 0) {
    const [found] = await database.query<FoundAttempt>(READ, key);
    throw closedError(found) ?? new AttemptNotFound();
  }
  const attemptId = input.attemptId.toLowerCase();
  audit.info({ event: 'login.canceled', attemptId });
  bus.publish(attemptId);
  const attempt = await readAttempt({ attemptId, secret: input.secret }, { attempts });
  if (!attempt) throw new AttemptNotFound();
  return attempt;
}
