import { createHmac, hash } from 'node:crypto';
import { DELETE_BATCH_ROWS } from '../db/delete-batch.js';
import { statement } from '../db/statement.js';
import { type InputsOf, bytea, nullable, uuid } from '../db/types.js';

/** How long a device stays known after the last sign-in on it. */
export const KNOWN_DEVICE_DAYS = 180;
/** After a sign-in on one more device, the gateway forgets the device that was used least recently. */
export const MAX_DEVICES_PER_USER = 20;
/** Of base64url characters: the token of the gateway is 43 long. */
const TOKEN = /^[\w-]{43}$/;

/** The parameters of the SQL below. */
export const DEVICE_PARAMETERS = { shownDevice: nullable(bytea), newDevice: bytea };

/** The device of a client that signs in: the token that it shows, and the token that it gets if it shows none. */
export interface DeviceTokens {
  shown: string | undefined;
  fresh: string;
}

/**
 * The token of a new device is derived from the secret of the attempt: 256 random bits that only this client has. So a
 * repeated claim returns the same token, and neither GATEWAY_SECRET nor the database reveals it.
 */
export function deviceTokens({ shown, secret }: { shown: string | null | undefined; secret: string }): DeviceTokens {
  return {
    shown: shown && TOKEN.test(shown) ? shown : undefined,
    fresh: createHmac('sha256', secret).update('device').digest('base64url'),
  };
}

export function deviceHashes({ shown, fresh }: DeviceTokens): InputsOf<typeof DEVICE_PARAMETERS> {
  return { shownDevice: shown === undefined ? null : hashToken(shown), newDevice: hashToken(fresh) };
}

/** The hash of the token that a client shows; null without one. */
export const shownDeviceHash = (shown: string | null | undefined): Buffer | null =>
  shown && TOKEN.test(shown) ? hashToken(shown) : null;

/** The token that the client keeps. */
export const keptToken = ({ shown, fresh }: DeviceTokens, isKnown: boolean): string =>
  isKnown && shown !== undefined ? shown : fresh;

const hashToken = (token: string) => hash('sha256', token, 'buffer');

/** SQL: whether this user has signed in before on a device that shows this token. */
export const isKnownDevice = (userId: string, token = ':shownDevice::bytea') => `EXISTS (
      SELECT FROM known_devices d
      WHERE d.user_id = ${userId} AND d.token_hash = ${token} AND d.last_seen_at > now() - interval '${KNOWN_DEVICE_DAYS} days'
    )`;

/** SQL: whether the user of this phone has signed in before on a device that shows the token `:shownDevice`. */
export const isKnownDeviceOfPhone = (phone: string) =>
  `EXISTS (SELECT FROM users u WHERE u.phone = ${phone} AND ${isKnownDevice('u.id')})`;

/**
 * SQL: queries of a WITH list that remember the device of each opened session, a row `(id, user_id, user_agent)` of
 * `session`. `known` is an expression: whether the device was known.
 *
 * A device that is not known gets a new token, so that nobody can make a token of their own known to a user. If other
 * users have signed in on the same device, their rows get the new token too. Concurrent sign-ins of a user may exceed
 * the limit by their number until the next one.
 */
export const rememberDevice = (session: string, known: string) => `
    remembered_device AS (
      INSERT INTO known_devices AS d (token_hash, user_id, session_id, user_agent)
      SELECT CASE WHEN ${known} THEN :shownDevice::bytea ELSE :newDevice::bytea END, user_id, id, user_agent FROM ${session}
      ON CONFLICT (token_hash, user_id) DO UPDATE
        SET session_id = excluded.session_id, user_agent = excluded.user_agent, last_seen_at = now()
    ),
    devices_of_others AS (
      UPDATE known_devices d SET token_hash = :newDevice::bytea FROM ${session}
      WHERE d.token_hash = :shownDevice::bytea AND d.user_id <> ${session}.user_id AND NOT ${known}
    ),
    forgotten_devices AS (
      DELETE FROM known_devices d USING ${session}
      WHERE d.user_id = ${session}.user_id AND d.token_hash IN (
        SELECT other.token_hash FROM known_devices other
        WHERE other.user_id = ${session}.user_id AND other.token_hash <> :newDevice::bytea
          AND other.token_hash IS DISTINCT FROM :shownDevice::bytea
        ORDER BY other.last_seen_at DESC OFFSET ${MAX_DEVICES_PER_USER - 1}
      )
    )`;

/**
 * SQL: a hash that no token has. A forgotten device keeps its row with such a hash: the user has signed in on devices
 * before, so the next sign-in on a new one still causes a message.
 */
const NO_TOKEN = 'sha256(uuid_send(gen_random_uuid()))';

/** SQL: forgets the devices on which the `(id, user_id)` rows of `ended` were opened. */
export const forgetDevicesOf = (ended: string, condition = 'true') => `
  UPDATE known_devices d SET token_hash = ${NO_TOKEN} FROM ${ended} ended
  WHERE d.user_id = ended.user_id AND d.session_id = ended.id AND ${condition}`;

/** SQL: forgets the devices of the user with this ID, except the one that was used last for the session `kept`. */
export const forgetDevicesOfUser = (userId: string, kept = 'NULL::uuid') => `
  UPDATE known_devices d SET token_hash = ${NO_TOKEN} WHERE d.user_id = ${userId} AND d.session_id IS DISTINCT FROM ${kept}`;

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
