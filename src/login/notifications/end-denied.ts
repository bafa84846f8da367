import { v7 as uuidv7 } from 'uuid';
import { statement } from '../../db/statement.js';
import { array, text, timestamptz, uuid } from '../../db/types.js';
import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';
import { auditedBy } from '../../events/audited-by.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { endWithSuccessors } from '../../sessions/authorization-codes/end-successors.js';
import { forgetDevicesOf } from '../../sessions/known-devices.js';
import { REVOCATIONS } from '../../sessions/revocations.js';
import { revokedBecause } from '../../sessions/revoke.js';
import type { LoginDeps } from '../create-login.js';
import { AHEAD_BY_SECONDS, OLDER_BY_SECONDS } from '../whatsapp/clock.js';
import { EVENT_PARAMETERS, insertEvent } from '../whatsapp/record-event.js';
import { DENIAL_HOURS } from './queue.js';

/**
 * SQL: the messages about sign-ins that this phone can still answer. The user may have another phone by now, because an
 * attacker changed it; but the phone must not be that of another user.
 */
const ANSWERABLE = `
  n.phone = :phone AND n.purpose = 'NEW_DEVICE' AND n.answered_at IS NULL AND n.created_at > now() - interval '${DENIAL_HOURS} hours'
  AND NOT EXISTS (SELECT FROM users u WHERE u.phone = n.phone AND u.id <> n.user_id)
  AND :sentAt::timestamptz BETWEEN n.created_at - interval '${OLDER_BY_SECONDS} seconds' AND now() + interval '${AHEAD_BY_SECONDS} seconds'`;

const READ_ANSWERABLE = statement({
  name: 'login/read_answerable_notifications',
  sql: `SELECT n.id FROM notifications n WHERE ${ANSWERABLE} LIMIT 1`,
  parameters: { phone: text, sentAt: timestamptz },
  columns: { id: uuid },
});

/**
 * Does all steps of an answer, or none: records the event, ends the sessions of the messages, and forgets their
 * devices. Ends later sessions of the same browser and IP too, because only the first one of a day causes a message. A
 * session that was exchanged for another one by an authorization code is followed to the latest. The next sign-in from
 * there causes a message again. A repeated answer finds its event.
 */
const DENY = statement({
  name: 'login/deny_sign_ins',
  sql: `
    WITH RECURSIVE event AS (${insertEvent()}),
    denied AS (
      UPDATE notifications n SET answered_at = now(), once_key = NULL FROM event WHERE ${ANSWERABLE}
      RETURNING n.session_id, n.user_id, n.device_hash
    ),
    opened (id, user_id) AS (
      (
        SELECT session_id, user_id FROM denied
        UNION
        SELECT d.session_id, d.user_id FROM denied JOIN known_devices d ON d.user_id = denied.user_id AND d.token_hash = denied.device_hash
        UNION
        SELECT later.id, later.user_id FROM denied JOIN sessions s ON s.id = denied.session_id
        JOIN sessions later ON later.user_id = s.user_id AND later.created_at >= s.created_at
          AND later.user_agent IS NOT DISTINCT FROM s.user_agent AND later.client_ip IS NOT DISTINCT FROM s.client_ip
      )
      UNION
      SELECT c.opened_session_id, opened.user_id FROM opened JOIN authorization_codes c ON c.session_id = opened.id
      WHERE c.opened_session_id IS NOT NULL
    ),
    ended AS (
      UPDATE sessions s SET ${revokedBecause(`'denied'`)} FROM opened WHERE s.id = opened.id AND s.revoked_at IS NULL
      RETURNING s.id, s.user_id
    ),
    forgotten_devices AS (${forgetDevicesOf('opened')}),
    ended_of_user AS (SELECT user_id, array_agg(id) AS ids FROM ended GROUP BY user_id),
    audited AS (${auditedBy('ended_of_user', {
      id: ':auditId::uuid',
      event: 'session.revoked',
      actor: 'user_id::text',
      userId: 'user_id',
      sessionId: 'CASE WHEN cardinality(ids) = 1 THEN ids[1] END',
      details: `jsonb_build_object('reason', 'denied', 'sessions', ids)`,
    })})
    SELECT user_id, array_agg(id) AS session_ids FROM opened GROUP BY user_id`,
  parameters: { ...EVENT_PARAMETERS, phone: text, sentAt: timestamptz, auditId: uuid },
  columns: { user_id: uuid, session_ids: array(uuid) },
});

/**
 * Ends the sign-ins of the last 24 hours about which the gateway has sent a message to this phone, because the user has
 * replied NO.
 *
 * @returns whether there were any.
 */
export async function endDeniedSignIns(
  { phone, message }: { phone: string; message: IncomingText },
  deps: Pick<LoginDeps, 'database' | 'bus' | 'audit' | 'log'>,
): Promise<boolean> {
  const { database, bus, audit } = deps;
  const { instance, idMessage, sentAt } = message;
  if ((await database.query(READ_ANSWERABLE, { phone, sentAt })).length === 0) return false;
  const denied = await database.query(DENY, { instance, idMessage, phone, sentAt, auditId: uuidv7() });
  if (denied.length > 0) bus.publish(REVOCATIONS);
  for (const { user_id: userId, session_ids: sessions } of denied) {
    audit.warn({ event: 'session.denied', userId, sessions, phone: maskPhone(phone) });
    // A session that was exchanged while the statement ran, which it could not see.
    for (const sessionId of sessions) await endWithSuccessors({ sessionId, reason: 'denied' }, deps);
  }
  return denied.length > 0;
}
