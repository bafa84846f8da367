import { v7 as uuidv7 } from 'uuid';
import { statement } from '../db/statement.js';
import { present, text, uuid } from '../db/types.js';
import { DomainError, InvalidInput } from '../domain-error.js';
import { type Actor, auditedBy } from '../events/audited-by.js';
import type { Log } from '../log.js';
import { maskPhone } from '../phone/mask-phone.js';
import type { Bus } from '../realtime/bus.js';
import type { Database } from '../db/database.js';
import { AttemptNotFound, isAttemptId } from './attempts/attempt.js';
import { FOUND_ATTEMPT, FOUND_ATTEMPT_COLUMNS, closedError } from './attempts/closed-error.js';
import { GRACE_SECONDS } from './whatsapp/clock.js';

/** An attempt whose sign-in was approved. Its own client can claim it now. */
export interface ApprovedLogin {
  attemptId: string;
  userId: string;
  maskedPhone: string;
}

/** SQL: whether an admin can confirm the attempt `a`. A QR login needs the number on its own screen (R13). */
const CAN_BE_APPROVED = `(a.method = 'OTP' OR a.needs_approval)`;

/** Of racing approvals and answers by WhatsApp, one finds the attempt CONFIRMING. */
const APPROVE = statement({
  name: 'login/approve_login',
  sql: `
    WITH approved AS (
      UPDATE login_attempts a SET status = 'COMPLETED', confirmed_by = :actor, version = a.version + 1,
             expires_at = greatest(a.expires_at, now() + interval '${GRACE_SECONDS} seconds')
      WHERE a.id = :attemptId AND a.status = 'CONFIRMING' AND a.expires_at > now() AND ${CAN_BE_APPROVED}
        AND a.user_id::text <> :actor
      RETURNING a.id, a.user_id, a.phone
    ),
    audited AS (${auditedBy('approved', {
      id: ':auditId::uuid',
      event: 'login.approved',
      actor: ':actor',
      userId: 'user_id',
      attemptId: 'id',
    })})
    SELECT user_id, phone FROM approved`,
  parameters: { attemptId: uuid, auditId: uuid, actor: text },
  columns: { user_id: present(uuid), phone: present(text) },
});

const READ = statement({
  name: 'login/read_attempt_to_approve',
  sql: `SELECT ${FOUND_ATTEMPT} FROM login_attempts a WHERE a.id = :attemptId`,
  parameters: { attemptId: uuid },
  columns: FOUND_ATTEMPT_COLUMNS,
});

/** The newest first. */
const FIND = statement({
  name: 'login/find_attempts_to_approve',
  sql: `
    SELECT a.id FROM login_attempts a
    WHERE a.phone = :phone AND a.status = 'CONFIRMING' AND a.expires_at > now() AND ${CAN_BE_APPROVED} ORDER BY a.id DESC`,
  parameters: { phone: text },
  columns: { id: uuid },
});

/**
 * Approves the sign-in of another user, whose code is right and who needs a second step.
 *
 * @throws AttemptNotFound, AttemptClosed
 * @throws DomainError ATTEMPT_NOT_COMPLETED when the code is not submitted yet
 * @throws InvalidInput "attemptId" when it is the actor's own sign-in, or a QR login that only its user can confirm
 */
export async function approveLogin(
  { attemptId, actor }: { attemptId: string; actor: Actor },
  { database, bus, log }: { database: Database; bus: Bus; log: Log },
): Promise<ApprovedLogin> {
  if (!isAttemptId(attemptId)) throw new AttemptNotFound();
  const id = attemptId.toLowerCase();
  const [approved] = await database.query(APPROVE, { attemptId: id, auditId: uuidv7(), actor });
  if (!approved) {
    const [found] = await database.query(READ, { attemptId: id });
    const closed = closedError(found);
    if (closed || !found) throw closed ?? new AttemptNotFound();
    if (found.status === 'CONFIRMING') throw new InvalidInput('attemptId');
    throw new DomainError('ATTEMPT_NOT_COMPLETED');
  }
  bus.publish(id);
  const { user_id: userId, phone } = approved;
  log.info({ event: 'login.approved', attemptId: id, userId, actor });
  return { attemptId: id, userId, maskedPhone: maskPhone(phone) };
}

/** The attempts of a phone that wait for an approval, the newest first. */
export async function findAttemptsToApprove(
  { phone }: { phone: string },
  { database }: { database: Database },
): Promise<string[]> {
  return (await database.query(FIND, { phone })).map(({ id }) => id);
}
