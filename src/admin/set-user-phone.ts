import type { CountryCode } from 'libphonenumber-js/max';
import { v7 as uuidv7 } from 'uuid';
import { statement } from '../db/statement.js';
import { bool, nullable, text, uuid } from '../db/types.js';
import { DomainError, InvalidInput } from '../domain-error.js';
import { type Actor, auditedBy } from '../events/audited-by.js';
import { maskPhone } from '../phone/mask-phone.js';
import { parsePhone } from '../phone/parse-phone.js';
import { forgetDevicesOfUser } from '../sessions/forget-devices.js';
import { REVOCATIONS } from '../sessions/revocations.js';
import { type RevokeDeps, revokeSessionsOf, revokedBecause } from '../sessions/revoke.js';
import { findUserById } from '../users/find-user.js';
import { notOneself } from '../users/not-oneself.js';
import { throwPhoneTaken } from '../users/phone-taken.js';
import { recentlyLostRole } from '../users/role-and-phone.js';
import { readUserId } from '../users/user-id.js';
import type { UserRecord } from '../users/user-record.js';

/**
 * Gives the user the phone, ends their sessions and writes the notification to the old phone, if they had one, in one
 * statement. An admin must not take over another account with a role above the first in this way. phone_set_at closes
 * the messages to the old phone that could be answered by NO. It uses clock_timestamp() and not now(), because the
 * statement may have waited for a sign-in that wrote such a message.
 */
const SET_PHONE = statement({
  name: 'admin/set_user_phone',
  sql: `
    WITH target AS (
      SELECT u.id, u.phone, :actor = 'operator' OR u.role = :firstRole AND NOT ${recentlyLostRole('u')} AS is_allowed
      FROM users u WHERE u.id = :userId FOR UPDATE
    ),
    changed AS (
      UPDATE users u SET phone = :phone, released_phone = NULL, whatsapp_lid = NULL, whatsapp_lid_checked_at = NULL, updated_at = now(),
             phone_set_at = clock_timestamp()
      FROM target WHERE u.id = target.id AND target.is_allowed AND target.phone <> :phone
      RETURNING u.id, u.locale, target.phone AS old_phone
    ),
    revoked AS (
      UPDATE sessions s SET ${revokedBecause(`'phone_changed'`)}
      FROM changed WHERE s.user_id = changed.id AND s.revoked_at IS NULL
      RETURNING s.id
    ),
    forgotten_devices AS (${forgetDevicesOfUser('(SELECT id FROM changed)')}),
    notification AS (
      INSERT INTO notifications (id, purpose, user_id, phone, locale, "values")
      SELECT :notificationId::uuid, 'PHONE_CHANGED', id, old_phone, locale, jsonb_build_object('phone', :maskedTo::text)
      FROM changed WHERE old_phone LIKE '+%'
    ),
    audited AS (${auditedBy('changed', {
      id: ':entryId::uuid',
      event: 'user.phone_changed',
      actor: ':actor',
      userId: 'id',
      details: `jsonb_build_object('to', :maskedTo::text, 'sessionsEnded', (SELECT count(*) FROM revoked))`,
    })})
    SELECT target.is_allowed, changed.old_phone FROM target LEFT JOIN changed ON true`,
  parameters: {
    userId: uuid,
    phone: text,
    maskedTo: text,
    actor: text,
    firstRole: text,
    entryId: uuid,
    notificationId: uuid,
  },
  columns: { is_allowed: bool, old_phone: nullable(text) },
});

/**
 * Gives a user another phone, such as one who has lost the old number. All their sessions end, their devices are
 * forgotten, and the old phone gets a notification.
 *
 * @throws InvalidInput "userId" when it is the ID of the actor, or when an admin names a user who has a role above the
 *   first, or had one in the last 30 days
 * @throws DomainError USER_NOT_FOUND, INVALID_PHONE_NUMBER, PHONE_TAKEN
 */
export async function setUserPhone(
  { userId, phone, actor }: { userId: string; phone: string; actor: Actor },
  deps: RevokeDeps & { config: { defaultCountries: CountryCode[]; roles: [string, ...string[]] } },
): Promise<UserRecord> {
  const { config, database, bus } = deps;
  const id = readUserId(userId);
  notOneself(id, actor);
  const parsed = parsePhone(phone, config.defaultCountries);
  if (typeof parsed === 'string') throw new DomainError('INVALID_PHONE_NUMBER');
  const change = { userId: id, phone: parsed.e164, maskedTo: maskPhone(parsed.e164), actor };
  const keys = { firstRole: config.roles[0], entryId: uuidv7(), notificationId: uuidv7() };
  const [row] = await database.query(SET_PHONE, { ...change, ...keys }).catch(throwPhoneTaken);
  if (!row) throw new DomainError('USER_NOT_FOUND');
  if (!row.is_allowed) throw new InvalidInput('userId');
  if (row.old_phone !== null) {
    bus.publish(REVOCATIONS);
    // The statement may have waited for a sign-in, and does not see the session that this sign-in opened.
    await revokeSessionsOf({ userId: id, actor, reason: 'phone_changed' }, deps);
  }
  const user = await findUserById({ id }, deps);
  if (!user) throw new DomainError('USER_NOT_FOUND');
  return user;
}
