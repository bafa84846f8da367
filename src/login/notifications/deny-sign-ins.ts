import { v7 as uuidv7 } from 'uuid';
import { fromOuterJoin, hasColumns } from '../../db/outer-join.js';
import { statement } from '../../db/statement.js';
import { array, nullable, text, textOf, timestamptz, uuid } from '../../db/types.js';
import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';
import { auditedBy } from '../../events/audited-by.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { forgetDevicesSince, isSinceOnNewDevice } from '../../sessions/forget-devices.js';
import { NEW_DEVICE_HOURS } from '../../sessions/new-device.js';
import { REVOCATIONS } from '../../sessions/revocations.js';
import { revokeSessionsOf, revokedBecause } from '../../sessions/revoke.js';
import type { LoginDeps } from '../create-login.js';
import { AHEAD_BY_SECONDS, OLDER_BY_SECONDS } from '../whatsapp/clock.js';
import { EVENT_PARAMETERS, insertEvent } from '../whatsapp/record-event.js';
import { PHONE_CHANGE_QUERIES } from './undo-phone-change.js';

/** SQL: whether the answer may have been written after a time. */
const isWrittenAfter = (time: string) =>
  `:sentAt::timestamptz BETWEEN ${time} - interval '${OLDER_BY_SECONDS} seconds' AND now() + interval '${AHEAD_BY_SECONDS} seconds'`;

/**
 * SQL: the messages about sign-ins that this phone can still answer. The user may have another phone by now, because an
 * attacker changed it, and the attacker may have signed up another user with this phone. After an admin or the operator
 * gave the user another phone, the old one may be in wrong hands, and answers nothing.
 */
const ANSWERABLE = `
  n.phone = :phone AND n.purpose = 'NEW_DEVICE' AND n.answered_at IS NULL AND n.created_at > now() - interval '${NEW_DEVICE_HOURS} hours'
  AND ${isWrittenAfter('n.created_at')}
  AND NOT EXISTS (SELECT FROM users given WHERE given.id = n.user_id AND given.phone_set_at >= n.created_at)`;

/** SQL: the sign-ins that have not opened their session yet. */
const WAITING = `a.purpose = 'SIGN_IN' AND a.status IN ('CONFIRMING', 'COMPLETED') AND a.expires_at > now()`;
const WAITING_OF_PHONE = `a.phone = :phone AND ${WAITING} AND ${isWrittenAfter('a.completed_at')}`;

const READ_DENIABLE = statement({
  name: 'login/read_deniable_sign_ins',
  sql: `
    SELECT n.id FROM notifications n WHERE ${ANSWERABLE}
    UNION ALL SELECT a.id FROM login_attempts a WHERE ${WAITING_OF_PHONE} LIMIT 1`,
  parameters: { phone: text, sentAt: timestamptz },
  columns: { id: uuid },
});

/** SQL: queries that end all sign-ins of users since a time on devices that were new then: rows `(id, since)` of `denied`. */
const END_SIGN_INS = `
    ended AS (
      UPDATE sessions s SET ${revokedBecause(`'denied'`)} FROM denied
      WHERE s.user_id = denied.id AND s.revoked_at IS NULL AND ${isSinceOnNewDevice('s', 'denied.since')}
      RETURNING s.id, s.user_id
    ),
    forgotten_devices AS (${forgetDevicesSince('denied')}),
    ended_of_user AS (SELECT user_id, array_agg(id) AS ids FROM ended GROUP BY user_id),
    audited AS (${auditedBy('ended_of_user', {
      id: ':auditId::uuid',
      event: 'session.revoked',
      actor: 'user_id::text',
      userId: 'user_id',
      sessionId: 'CASE WHEN cardinality(ids) = 1 THEN ids[1] END',
      details: `jsonb_build_object('reason', 'denied', 'sessions', ids)`,
    })})`;

const DENIED_COLUMNS = {
  user_id: uuid,
  since: timestamptz,
  session_ids: array(uuid),
  phone_change: nullable(textOf<'undone' | 'blocked'>()),
};

/**
 * Does all steps of NO, or none: records the event, cancels the sign-ins that wait, and ends those about which the phone
 * got a message, with everything that was opened since on new devices. A repeated answer finds its event. Attempts are
 * locked before users, as a sign-in does.
 */
const DENY = statement({
  name: 'login/deny_sign_ins',
  sql: `
    WITH event AS (${insertEvent()}),
    answered AS (
      UPDATE notifications n SET answered_at = now(), once_key = NULL FROM event WHERE ${ANSWERABLE}
      RETURNING n.user_id, n.created_at
    ),
    canceled AS (
      UPDATE login_attempts a SET status = 'CANCELED', version = a.version + 1 FROM event
      WHERE ${WAITING} AND a.id IN (
        SELECT a.id FROM login_attempts a WHERE ${WAITING_OF_PHONE}
        UNION SELECT a.id FROM answered JOIN login_attempts a ON a.user_id = answered.user_id WHERE ${WAITING}
      )
      RETURNING a.id
    ),
    denied AS (
      SELECT u.id, u.phone, first.since FROM users u
      JOIN (SELECT user_id, min(created_at) AS since FROM answered GROUP BY user_id) AS first ON first.user_id = u.id
      WHERE (SELECT count(*) FROM canceled) >= 0 FOR UPDATE OF u
    ),
    ${END_SIGN_INS},
    ${PHONE_CHANGE_QUERIES}
    SELECT (SELECT coalesce(array_agg(id), '{}') FROM canceled) AS canceled_ids, denied.id AS user_id, denied.since,
           coalesce(ended_of_user.ids, '{}') AS session_ids, phone_change.outcome AS phone_change
    FROM (SELECT FROM event) AS one_row LEFT JOIN denied ON true
    LEFT JOIN ended_of_user ON ended_of_user.user_id = denied.id LEFT JOIN phone_change ON phone_change.id = denied.id`,
  parameters: {
    ...EVENT_PARAMETERS,
    phone: text,
    maskedPhone: text,
    sentAt: timestamptz,
    auditId: uuid,
    phoneChangeAuditId: uuid,
  },
  columns: { canceled_ids: array(uuid), ...fromOuterJoin(DENIED_COLUMNS) },
});

/**
 * The same again for what DENY could not see, because its snapshot is older than its lock on the user: a session that a
 * concurrent sign-in or exchange of a code has opened meanwhile.
 */
const END_DENIED = statement({
  name: 'login/end_denied_sign_ins',
  sql: `
    WITH denied AS (SELECT :userId::uuid AS id, :since::timestamptz AS since),
    ${END_SIGN_INS}
    SELECT id FROM ended`,
  parameters: { userId: uuid, since: timestamptz, auditId: uuid },
  columns: { id: uuid },
});

/**
 * Acts on the answer NO from a phone: cancels the sign-ins of the phone that wait, and ends the sign-ins about which the
 * gateway has sent it a message within 24 hours, with all later ones on new devices. See docs/decisions/0043.
 *
 * @returns what it concerned: `ended` if there was such a message, `canceled` if only sign-ins waited.
 */
export async function denySignIns(
  { phone, message }: { phone: string; message: IncomingText },
  deps: Pick<LoginDeps, 'database' | 'bus' | 'audit' | 'log'>,
): Promise<'none' | 'canceled' | 'ended'> {
  const { database, bus, audit } = deps;
  const { instance, idMessage, sentAt } = message;
  if ((await database.query(READ_DENIABLE, { phone, sentAt })).length === 0) return 'none';
  const maskedPhone = maskPhone(phone);
  const answer = { instance, idMessage, sentAt, phone, maskedPhone };
  const rows = await database.query(DENY, { ...answer, auditId: uuidv7(), phoneChangeAuditId: uuidv7() });
  const canceled = rows[0]?.canceled_ids ?? [];
  for (const attemptId of canceled) {
    bus.publish(attemptId);
    audit.warn({ event: 'whatsapp.denied', attemptId, phone: maskedPhone, status: 'CANCELED' });
  }
  const denied = rows.flatMap((row) => (hasColumns(row, DENIED_COLUMNS) ? [row] : []));
  for (const { user_id: userId, since, session_ids, phone_change } of denied) {
    const later = await database.query(END_DENIED, { userId, since, auditId: uuidv7() });
    const sessions = [...session_ids, ...later.map(({ id }) => id)];
    audit.warn({
      event: 'session.denied',
      userId,
      sessions,
      phone: maskedPhone,
      phoneChange: phone_change ?? undefined,
    });
    if (phone_change === 'blocked') await revokeSessionsOf({ userId, actor: 'gateway', reason: 'user_blocked' }, deps);
  }
  if (denied.length > 0) bus.publish(REVOCATIONS);
  return denied.length > 0 ? 'ended' : canceled.length > 0 ? 'canceled' : 'none';
}
