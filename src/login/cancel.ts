import { statement } from '../db/statement.js';
import { bool, bytea, uuid } from '../db/types.js';
import { AttemptNotFound, type LoginAttempt, hashSecret, isAttemptId } from './attempts/attempt.js';
import { FOUND_ATTEMPT, FOUND_ATTEMPT_COLUMNS, closedError } from './attempts/closed-error.js';
import { readAttempt } from './attempts/read-attempt.js';
import type { LoginDeps } from './create-login.js';

const ATTEMPT_KEY = { attemptId: uuid, secretHash: bytea };

/**
 * A cancel, a code, a WhatsApp message and the expiry can race. Exactly one closes the attempt: the first one finds it
 * open.
 */
const CANCEL = statement({
  name: 'login/cancel_login',
  short: true,
  sql: `
    UPDATE login_attempts SET status = 'CANCELED', version = version + 1
    WHERE id = :attemptId AND secret_hash = :secretHash AND status IN ('PENDING', 'CONFIRMING', 'COMPLETED') AND expires_at > now()
    RETURNING method = 'WHATSAPP' AND completed_at IS NULL AS came_to_nothing`,
  parameters: ATTEMPT_KEY,
  columns: { came_to_nothing: bool },
});

const READ = statement({
  name: 'login/read_canceled_login',
  sql: `SELECT ${FOUND_ATTEMPT} FROM login_attempts a WHERE a.id = :attemptId AND a.secret_hash = :secretHash`,
  parameters: ATTEMPT_KEY,
  columns: FOUND_ATTEMPT_COLUMNS,
});

/** Cancels an open attempt for its client. @throws AttemptNotFound, AttemptClosed */
export async function cancelLogin(
  input: { attemptId: string; secret: string },
  { database, bus, audit, log, attempts }: Pick<LoginDeps, 'database' | 'bus' | 'audit' | 'log' | 'attempts'>,
): Promise<LoginAttempt> {
  if (!isAttemptId(input.attemptId)) throw new AttemptNotFound();
  const key = { attemptId: input.attemptId, secretHash: hashSecret(input.secret) };
  const [canceled] = await database.query(CANCEL, key);
  if (!canceled) {
    const [found] = await database.query(READ, key);
    throw closedError(found) ?? new AttemptNotFound();
  }
  const attemptId = input.attemptId.toLowerCase();
  // Anyone can start and cancel any number of WhatsApp logins: those without a proof are in the log only.
  (canceled.came_to_nothing ? log : audit).info({ event: 'login.canceled', attemptId });
  bus.publish(attemptId);
  const attempt = await readAttempt({ attemptId, secret: input.secret }, { attempts });
  if (!attempt) throw new AttemptNotFound();
  return attempt;
}
