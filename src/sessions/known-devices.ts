import { createHmac, hash } from 'node:crypto';
import { DELETE_BATCH_ROWS } from '../db/delete-batch.js';
import { statement } from '../db/statement.js';
import { type InputsOf, array, bytea, uuid } from '../db/types.js';

/** How long a device stays known after the last sign-in on it. */
export const KNOWN_DEVICE_DAYS = 180;
/** After a sign-in on one more device, the gateway forgets the device that was used least recently. */
export const MAX_DEVICES_PER_USER = 20;
/** A client shows at most this many tokens. */
export const MAX_SHOWN_TOKENS = 5;
/** Of base64url characters: the token of the gateway is 43 long. */
const TOKENS = /[\w-]{43}/g;
/** Characters of a text in which tokens are looked for. */
const TEXT_LENGTH = 300;

/** The parameters of the SQL below. */
export const DEVICE_PARAMETERS = { shownDevices: array(bytea), newDevice: bytea };

/** The device of a client that signs in: the tokens that it shows, and the token that it gets if none is the user's. */
export interface DeviceTokens {
  shown: string[];
  fresh: string;
}

/**
 * The token of a new device is derived from the secret of the attempt: 256 random bits that only this client has. So a
 * repeated claim returns the same token, and neither GATEWAY_SECRET nor the database reveals it.
 */
export function deviceTokens({ shown, secret }: { shown: string | null | undefined; secret: string }): DeviceTokens {
  return { shown: readTokens(shown), fresh: createHmac('sha256', secret).update('device').digest('base64url') };
}

/** The tokens in a text, one after the other, for the last users of the device. Ignores what is no token. */
export const readTokens = (text: string | null | undefined): string[] =>
  (text ?? '').slice(0, TEXT_LENGTH).match(TOKENS)?.slice(0, MAX_SHOWN_TOKENS) ?? [];

export function deviceHashes({ shown, fresh }: DeviceTokens): InputsOf<typeof DEVICE_PARAMETERS> {
  return { shownDevices: shown.map(hashToken), newDevice: hashToken(fresh) };
}

/** The token of this user on the device. `known` is the hash of a shown token; null on a new device. */
export const keptToken = ({ shown, fresh }: DeviceTokens, known: Buffer | null): string =>
  shown.find((token) => known !== null && hashToken(token).equals(known)) ?? fresh;

/** The hashes of the tokens that a client shows. */
export const hashShownTokens = (shown: string | null | undefined): Buffer[] => readTokens(shown).map(hashToken);

const hashToken = (token: string) => hash('sha256', token, 'buffer');

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
        ORDER BY other.last_seen_at DESC OFFSET ${MAX_DEVICES_PER_USER - 1}
      )
    )`;
}

/**
 * SQL: whether the session `s` was opened on the device `d` of the same user. An instance of the previous version writes
 * no `device_id`: its session is the last one of the device.
 */
export const isOnDevice = (s: string, d: string) =>
  `(coalesce(${s}.device_id, ${s}.id) = coalesce(${d}.device_id, ${d}.session_id) OR ${s}.id = ${d}.session_id)`;

/**
 * SQL: a hash that no token has. A forgotten device keeps its row with such a hash: the user has signed in on devices
 * before, so the next sign-in on a new one still causes a message.
 */
const NO_TOKEN = 'sha256(uuid_send(gen_random_uuid()))';

/** SQL: forgets the devices on which the `(id, user_id, device_id)` rows of `ended` were opened. */
export const forgetDevicesOf = (ended: string, condition = 'true') => `
  UPDATE known_devices d SET token_hash = ${NO_TOKEN} FROM ${ended} ended
  WHERE d.user_id = ended.user_id AND ${isOnDevice('ended', 'd')} AND ${condition}`;

/** SQL: forgets the devices of the user with this ID, except that of the session `kept`. */
export const forgetDevicesOfUser = (userId: string, kept = 'NULL::uuid') => `
  UPDATE known_devices d SET token_hash = ${NO_TOKEN} WHERE d.user_id = ${userId}
    AND NOT EXISTS (SELECT FROM sessions kept WHERE kept.id = ${kept} AND kept.user_id = d.user_id AND ${isOnDevice('kept', 'd')})`;

/** SQL: forgets the devices of users on which they first signed in at a time or later: rows `(id, since)` of `users`. */
export const forgetDevicesSince = (users: string) => `
  UPDATE known_devices d SET token_hash = ${NO_TOKEN} FROM ${users} denied WHERE d.user_id = denied.id AND d.first_seen_at >= denied.since`;

/** SQL: whether the session `s` was opened at the time `since` or later, on a device that was new then. */
export const isSinceOnNewDevice = (s: string, since: string) => `
  (${s}.created_at >= ${since} AND NOT EXISTS (
    SELECT FROM known_devices d WHERE d.user_id = ${s}.user_id AND ${isOnDevice(s, 'd')} AND d.first_seen_at < ${since}
  ))`;

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
