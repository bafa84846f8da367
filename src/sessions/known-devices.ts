import { DELETE_BATCH_ROWS } from '../db/delete-batch.js';
import { statement } from '../db/statement.js';
import { uuid } from '../db/types.js';
import { isForgotten } from './forget-devices.js';
import { NEW_DEVICE_HOURS } from './new-device.js';

/** How long a device stays known after the last sign-in on it. */
export const KNOWN_DEVICE_DAYS = 180;
/** After a sign-in on one more device, the gateway deletes one of the others, known or forgotten (`KEPT_FIRST`). */
export const MAX_DEVICES_PER_USER = 20;
/**
 * SQL: the order in which the devices `other` are kept. New devices come last and the youngest of them at the end, so that
 * many sign-ins of an attacker replace the devices of the attacker, and not those that the user had before. Of the old
 * devices, those that are known come first. See docs/decisions/0057.
 */
const IS_NEW = `other.first_seen_at > now() - interval '${NEW_DEVICE_HOURS} hours'`;
const KEPT_FIRST = `${IS_NEW}, CASE WHEN ${IS_NEW} THEN other.first_seen_at END, ${isForgotten('other')}, other.last_seen_at DESC`;

/** SQL: the device `d` belongs to this user, and the client shows its token. */
const isShown = (userId: string) =>
  `d.user_id = ${userId} AND d.token_hash = ANY(:shownDevices::bytea[]) AND d.last_seen_at > now() - interval '${KNOWN_DEVICE_DAYS} days'`;

/** SQL: the hash of the shown token by which this user is known; null on a new device. */
export const knownDeviceHash = (userId: string) =>
  `(SELECT d.token_hash FROM known_devices d WHERE ${isShown(userId)} ORDER BY d.last_seen_at DESC LIMIT 1)`;

/** SQL: the same for the user with this phone. */
export const knownDeviceHashOfPhone = (phone: string) =>
  `(SELECT d.token_hash FROM users u JOIN known_devices d ON ${isShown('u.id')} WHERE u.phone = ${phone} ORDER BY d.last_seen_at DESC LIMIT 1)`;

/**
 * SQL: the device of the user in `user`, a row `(id)`, if it is known: a row `(token_hash, device_id)`. Locks it, so that
 * a device that a concurrent statement forgets is not known. Lock the user before.
 */
export const findKnownDevice = (user: string) => `
      SELECT d.token_hash, coalesce(d.device_id, d.session_id) AS device_id FROM ${user} JOIN known_devices d ON ${isShown(`${user}.id`)}
      ORDER BY d.last_seen_at DESC LIMIT 1 FOR UPDATE OF d`;

/** SQL: the `device_id` of a new session. `device` is the row of `findKnownDevice`. */
export const deviceIdOf = (device: string) => `coalesce((SELECT device_id FROM ${device}), :sessionId::uuid)`;

/**
 * SQL: queries of a WITH list that remember the device of each opened session, a row `(id, user_id, user_agent,
 * device_id)` of `session`. `device` is the row of `findKnownDevice`.
 *
 * A device that is not known gets a new token, so that nobody can make a token of their own known to a user. The tokens
 * of other users of the device stay as they are, and known to them only. Concurrent sign-ins of a user may exceed
 * the limit by their number until the next one.
 */
export function rememberDevice(session: string, device: string): string {
  const token = `coalesce((SELECT token_hash FROM ${device}), :newDevice::bytea)`;
  return `
    remembered_device AS (
      INSERT INTO known_devices AS d (token_hash, user_id, session_id, user_agent, device_id)
      SELECT ${token}, user_id, id, user_agent, device_id FROM ${session}
      ON CONFLICT (token_hash, user_id) DO UPDATE
        SET session_id = excluded.session_id, user_agent = excluded.user_agent, device_id = excluded.device_id, last_seen_at = now()
    ),
    forgotten_devices AS (
      DELETE FROM known_devices d USING ${session}
      WHERE d.user_id = ${session}.user_id AND d.token_hash IN (
        SELECT other.token_hash FROM known_devices other
        WHERE other.user_id = ${session}.user_id AND other.token_hash <> ${token}
        ORDER BY ${KEPT_FIRST} OFFSET ${MAX_DEVICES_PER_USER - 1}
      )
    )`;
}

export const DELETE_OLD_DEVICES = statement({
  name: 'sessions/delete_old_known_devices',
  sql: `
    DELETE FROM known_devices WHERE (token_hash, user_id) IN (
      SELECT token_hash, user_id FROM known_devices WHERE last_seen_at < now() - interval '${KNOWN_DEVICE_DAYS} days'
      LIMIT ${DELETE_BATCH_ROWS} FOR UPDATE SKIP LOCKED
    ) RETURNING user_id`,
  parameters: {},
  columns: { user_id: uuid },
});
