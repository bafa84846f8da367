import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { bool, uuid } from '../db/types.js';
import { DomainError } from '../domain-error.js';
import { isOnDevice } from './on-device.js';
import type { Viewer } from './viewer.js';

/** How long a device is new, and how long its user can reply NO to the message about it. */
export const NEW_DEVICE_HOURS = 24;

/** SQL: the time `at` of the first sign-in of its user on the device of the session `s`. */
const firstSeen = (s: string) => `(
        SELECT coalesce(min(own.first_seen_at), ${s}.created_at) AS at FROM known_devices own
        WHERE own.user_id = ${s}.user_id AND ${isOnDevice(s, 'own')}
      ) AS first_seen`;
const IS_NEW = `first_seen.at > now() - interval '${NEW_DEVICE_HOURS} hours'`;

/**
 * SQL: whether the device of the session `s` is new for a user who has signed in before on another one. A session of the
 * previous version may have no device: it counts as a device of its own.
 */
export const isOnNewDevice = (s: string) => `(
      SELECT ${IS_NEW} AND (
        EXISTS (SELECT FROM known_devices older WHERE older.user_id = ${s}.user_id AND older.first_seen_at < first_seen.at)
        OR EXISTS (SELECT FROM sessions older WHERE older.user_id = ${s}.user_id AND older.created_at < first_seen.at
          AND coalesce(older.device_id, older.id) <> coalesce(${s}.device_id, ${s}.id))
      )
      FROM ${firstSeen(s)}
    )`;

/** SQL: whether the device of the session `s` is new, and its user had the device `d` before. */
export const isOlderThanNewDevice = (d: string, s: string) =>
  `EXISTS (SELECT FROM ${firstSeen(s)} WHERE ${IS_NEW} AND ${d}.first_seen_at < first_seen.at)`;

const READ = statement({
  name: 'sessions/read_whether_device_is_new',
  sql: `SELECT ${isOnNewDevice('s')} AS is_new FROM sessions s WHERE s.id = :sessionId`,
  parameters: { sessionId: uuid },
  columns: { is_new: bool },
});

/**
 * An attacker with a stolen code must not take over, copy or erase the account before its user can reply NO (docs/decisions/0043, 0035).
 *
 * @throws DomainError DEVICE_TOO_NEW when the device of the session is new, and the user has older ones
 */
export async function requireOlderDevice({ sessionId }: Viewer, { database }: { database: Database }): Promise<void> {
  const [session] = await database.query(READ, { sessionId });
  if (session?.is_new) throw new DomainError('DEVICE_TOO_NEW');
}
