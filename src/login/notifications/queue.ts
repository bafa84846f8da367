import { DELETE_BATCH_ROWS } from '../../db/delete-batch.js';
import { statement } from '../../db/statement.js';
import { bool, uuid } from '../../db/types.js';
import { KNOWN_DEVICE_DAYS } from '../../sessions/known-devices.js';
import { NEW_DEVICE_HOURS } from '../../sessions/new-device.js';

/** Rows are deleted after this time, which is twice as long as the user can answer. */
export const NOTIFICATION_KEPT_HOURS = 2 * NEW_DEVICE_HOURS;

/** Longer than all channels of a route may take. A process that has not sent a message by then has died. */
export const LEASE_SECONDS = 120;

export const MARK_SENT = statement({
  name: 'login/mark_notification_sent',
  sql: `UPDATE notifications SET send_at = NULL WHERE id = :id`,
  parameters: { id: uuid },
  columns: {},
});

/** The parameters of `notifyOfNewDevice`. */
export const NEW_DEVICE_PARAMETERS = { notificationId: uuid, notifies: bool };

/**
 * SQL: whether a sign-in of the user `u` can be compared with earlier ones: not the first one, and not the first one
 * since the gateway recognizes devices. `u` is the row before this sign-in. See docs/decisions/0078.
 */
export const hasKnownDevices = (u: string) => `(${u}.last_login_at IS NOT NULL AND (
      ${u}.last_login_at < now() - interval '${KNOWN_DEVICE_DAYS} days'
      OR EXISTS (SELECT FROM known_devices other WHERE other.user_id = ${u}.id)
    ))`;

/**
 * SQL: writes the message about a sign-in on a new device in the statement that opens the session, so that neither
 * exists without the other. `onceKey` is an expression: of rows with one key, the first is written.
 */
export const notifyOfNewDevice = (from: { session: string; user: string; condition: string; onceKey: string }) => `
      INSERT INTO notifications (id, purpose, user_id, phone, locale, "values", session_id, device_hash, once_key)
      SELECT :notificationId::uuid, 'NEW_DEVICE', u.id, u.phone, u.locale,
             jsonb_build_object('userAgent', s.user_agent, 'location', coalesce(s.location, s.client_ip)),
             s.id, :newDevice::bytea, ${from.onceKey}
      FROM ${from.session} s JOIN ${from.user} u ON u.id = s.user_id
      WHERE :notifies::boolean AND ${from.condition}
      ON CONFLICT (once_key) DO NOTHING`;

/** SQL: the same for every sign-in of a user from one browser and address on one day (UTC). */
export const ONCE_A_DAY = `encode(sha256(convert_to(concat_ws(
               E'\\n', u.id, s.user_agent, s.client_ip, (now() AT TIME ZONE 'UTC')::date), 'UTF8')), 'hex')`;

export const DELETE_OLD_NOTIFICATIONS = statement({
  name: 'login/delete_old_notifications',
  sql: `
    DELETE FROM notifications WHERE id IN (
      SELECT id FROM notifications WHERE created_at < now() - interval '${NOTIFICATION_KEPT_HOURS} hours' LIMIT ${DELETE_BATCH_ROWS} FOR UPDATE SKIP LOCKED
    ) RETURNING id`,
  parameters: {},
  columns: { id: uuid },
});
