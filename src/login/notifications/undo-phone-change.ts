import { auditedBy } from '../../events/audited-by.js';
import { isSinceOnNewDevice } from '../../sessions/forget-devices.js';

/** SQL: whether one of the denied sign-ins has changed the phone of the user `denied`, from the phone that denies it. */
const IS_CHANGED = `denied.phone <> :phone AND EXISTS (
        SELECT FROM notifications change JOIN sessions s ON s.id = change.session_id
        WHERE change.user_id = denied.id AND change.purpose = 'PHONE_CHANGED' AND change.phone = :phone AND change.created_at >= denied.since
          AND ${isSinceOnNewDevice('s', 'denied.since')}
      )`;

const audited = (from: string, event: string) =>
  auditedBy(from, {
    id: ':phoneChangeAuditId::uuid',
    event,
    actor: `'gateway'`,
    userId: 'id',
    details: `jsonb_build_object('reason', 'denied', 'to', :maskedPhone::text)`,
  });

/**
 * SQL: queries that undo the change of phone of the rows `(id, phone, since)` of `denied`. If another user has the phone
 * by now, the user is blocked: an attacker who receives the codes of this account must not sign in again.
 */
export const PHONE_CHANGE_QUERIES = `
    phone_change AS (
      UPDATE users u SET phone = CASE WHEN free THEN :phone ELSE u.phone END, blocked = u.blocked OR NOT free,
             whatsapp_lid = NULL, updated_at = now()
      FROM denied CROSS JOIN (SELECT NOT EXISTS (SELECT FROM users other WHERE other.phone = :phone) AS free) AS old_phone
      WHERE u.id = denied.id AND ${IS_CHANGED}
      RETURNING u.id, CASE WHEN free THEN 'undone' ELSE 'blocked' END AS outcome
    ),
    undone AS (SELECT id FROM phone_change WHERE outcome = 'undone'),
    audited_undone AS (${audited('undone', 'user.phone_changed')}),
    blocked AS (SELECT id FROM phone_change WHERE outcome = 'blocked'),
    audited_blocked AS (${audited('blocked', 'user.blocked')})`;
