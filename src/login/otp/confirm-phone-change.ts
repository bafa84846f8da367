import { v7 as uuidv7 } from 'uuid';
import { fromOuterJoin, hasColumns } from '../../db/outer-join.js';
import { statement } from '../../db/statement.js';
import { bool, text, uuid } from '../../db/types.js';
import { DomainError } from '../../domain-error.js';
import { auditedBy } from '../../events/audited-by.js';
import { resetOwnFailures } from '../../guard/guesses/reset-own-failures.js';
import { countPhoneAsUsed } from '../../guard/budgets/count-as-used.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { forgetDevicesOfUser } from '../../sessions/forget-devices.js';
import { isOnNewDevice } from '../../sessions/new-device.js';
import { REVOCATIONS } from '../../sessions/revocations.js';
import { revokeSessionsOf, revokedBecause } from '../../sessions/revoke.js';
import type { Viewer } from '../../sessions/viewer.js';
import { throwPhoneTaken } from '../../users/phone-taken.js';
import { USER_COLUMNS, type User, toUser, userColumns } from '../../users/user.js';
import type { LoginDeps } from '../create-login.js';
import { type CheckCodeDeps, type CheckedAttempt, type CodeSubmission, checkCode } from './check-code.js';

type ConfirmDeps = CheckCodeDeps & Pick<LoginDeps, 'log' | 'usedCodes'>;

/**
 * Accepts the right code: closes the attempt, changes the phone, ends the user's other sessions and writes the message to
 * the old phone in one statement. It
 * locks the session and then the attempt, so that only one of several racing codes succeeds, and a session that was
 * signed out before changes nothing. The hidden WhatsApp ID is removed, because it belongs to the old phone. If another
 * user has the phone, the attempt is canceled and nothing else changes. If another user signs up with the phone at the
 * same moment, the unique constraint on the phone refuses one of the two.
 */
const CHANGE_PHONE = statement({
  name: 'login/change_phone',
  sql: `
    WITH open_session AS (
      SELECT s.id, ${isOnNewDevice('s')} AS device_is_new FROM sessions s JOIN users u ON u.id = s.user_id
      WHERE s.id = :sessionId AND s.user_id = :userId AND s.revoked_at IS NULL AND NOT u.blocked FOR UPDATE OF s
    ),
    proof AS (
      SELECT id, phone, charged FROM login_attempts
      WHERE id = :attemptId AND user_id = :userId AND purpose = 'CHANGE_PHONE' AND status = 'PENDING' AND expires_at > now()
        AND EXISTS (SELECT 1 FROM open_session WHERE NOT device_is_new)
      FOR UPDATE
    ),
    phone_budget AS (${countPhoneAsUsed('proof')}),
    changed_user AS (
      UPDATE users u SET phone = proof.phone, whatsapp_lid = NULL, updated_at = now() FROM proof
      WHERE u.id = :userId AND NOT u.blocked
        AND NOT EXISTS (SELECT 1 FROM users other WHERE other.phone = proof.phone AND other.id <> u.id)
      RETURNING u.*
    ),
    revoked AS (
      UPDATE sessions s SET ${revokedBecause(`'phone_changed'`)} FROM changed_user
      WHERE s.user_id = changed_user.id AND s.id <> :sessionId AND s.revoked_at IS NULL RETURNING s.id
    ),
    forgotten_devices AS (${forgetDevicesOfUser('(SELECT id FROM changed_user)', ':sessionId::uuid')}),
    closed AS (
      UPDATE login_attempts a SET status = CASE WHEN changed_user.id IS NULL THEN 'CANCELED' ELSE 'CLAIMED' END::login_attempt_status,
        completed_at = now(), claimed_at = now(), version = a.version + 1
      FROM proof LEFT JOIN changed_user ON true WHERE a.id = proof.id RETURNING a.id
    ),
    notification AS (
      INSERT INTO notifications (id, purpose, user_id, phone, locale, "values", session_id)
      SELECT :notificationId::uuid, 'PHONE_CHANGED', id, :oldPhone, locale, jsonb_build_object('phone', :maskedTo::text), :sessionId FROM changed_user
    ),
    audited AS (${auditedBy('changed_user', {
      id: ':auditEntryId::uuid',
      event: 'user.phone_changed',
      actor: ':userId::uuid::text',
      userId: 'id',
      details: `jsonb_build_object('from', :maskedFrom::text, 'to', :maskedTo::text, 'sessionsEnded', (SELECT count(*) FROM revoked))`,
    })})
    SELECT EXISTS (SELECT 1 FROM open_session) AS signed_in, EXISTS (SELECT 1 FROM open_session WHERE device_is_new) AS device_is_new,
           EXISTS (SELECT 1 FROM closed) AS accepted,
           ${userColumns('changed_user')}
    FROM (SELECT 1) AS one_row LEFT JOIN changed_user ON true`,
  parameters: {
    sessionId: uuid,
    userId: uuid,
    attemptId: uuid,
    auditEntryId: uuid,
    maskedFrom: text,
    maskedTo: text,
    notificationId: uuid,
    oldPhone: text,
  },
  columns: { signed_in: bool, device_is_new: bool, accepted: bool, ...fromOuterJoin(USER_COLUMNS) },
});

const READ_CHANGED_USER = statement({
  name: 'login/read_user_of_repeated_code',
  sql: `SELECT ${userColumns('u')} FROM users u WHERE u.id = :userId AND u.phone = :phone AND NOT u.blocked`,
  parameters: { userId: uuid, phone: text },
  columns: USER_COLUMNS,
});

/**
 * Gives a user the phone whose code they submit, sends a notification to the old phone, and ends the user's other
 * sessions. The notification is sent afterwards; if it cannot be sent, the change still takes effect. The right code that is sent again within
 * 60 s, because the answer was lost, returns the user again.
 *
 * @throws IncorrectCode, RateLimited, AttemptNotFound, AttemptClosed
 * @throws DomainError PHONE_TAKEN; DEVICE_TOO_NEW; UNAUTHENTICATED when the session has ended meanwhile
 */
export async function confirmPhoneChange(
  { viewer, ...submission }: CodeSubmission & { viewer: Viewer },
  deps: ConfirmDeps,
): Promise<User> {
  const accept = (attempt: CheckedAttempt) => changePhone({ attempt, viewer, ip: submission.ip }, deps);
  const userId = viewer.user.id;
  const repeat = ({ phone }: { phone: string }) => readChangedUser({ userId, phone }, deps);
  return checkCode({ submission, purpose: 'CHANGE_PHONE', userId, accept, repeat }, deps);
}

/** @returns undefined when the user has changed the phone again, or is blocked. */
async function readChangedUser(
  changed: { userId: string; phone: string },
  { database }: Pick<LoginDeps, 'database'>,
): Promise<User | undefined> {
  const [row] = await database.query(READ_CHANGED_USER, changed);
  return row && toUser(row);
}

async function changePhone(
  { attempt, viewer, ip }: { attempt: CheckedAttempt; viewer: Viewer; ip: string },
  deps: ConfirmDeps,
): Promise<User | undefined> {
  const { database, bus, log } = deps;
  const { attemptId, client, failedBefore } = attempt;
  const { phone } = client;
  const { user, sessionId } = viewer;
  const userId = user.id;
  const masked = { from: maskPhone(user.phone), to: maskPhone(phone) };
  const [row] = await database
    .query(CHANGE_PHONE, {
      sessionId,
      userId,
      attemptId,
      auditEntryId: uuidv7(),
      maskedFrom: masked.from,
      maskedTo: masked.to,
      notificationId: uuidv7(),
      oldPhone: user.phone,
    })
    .catch(throwPhoneTaken);
  if (!row?.signed_in) throw new DomainError('UNAUTHENTICATED');
  if (row.device_is_new) throw new DomainError('DEVICE_TOO_NEW');
  if (!row.accepted) return undefined;
  bus.publish(attemptId);
  deps.usedCodes.add({ attemptId, ip });
  if (failedBefore) await resetOwnFailures(client, { database });
  if (!hasColumns(row, USER_COLUMNS)) throw new DomainError('PHONE_TAKEN');
  bus.publish(REVOCATIONS);
  // Ends a session that a sign-in with the old phone has opened meanwhile, which the statement could not see.
  await revokeSessionsOf({ userId, actor: userId, reason: 'phone_changed', except: sessionId }, { database, bus, log });
  log.info({ event: 'user.phone_changed', userId, ...masked });
  return toUser(row);
}
