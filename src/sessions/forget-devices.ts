import { isOlderThanNewDevice } from './new-device.js';
import { isOnDevice } from './on-device.js';

/**
 * SQL: a hash that no token has. A forgotten device keeps its row with such a hash: the user has signed in on devices
 * before, so the next sign-in on a new one still causes a message. It has 16 bytes; the hash of a token has 32.
 */
const NO_TOKEN = 'uuid_send(gen_random_uuid())';
/** SQL: whether the device `d` was forgotten. Earlier versions wrote 32 bytes: their devices count as known. */
export const isForgotten = (d: string) => `octet_length(${d}.token_hash) = 16`;

/**
 * SQL: whether the user may make the gateway forget the device `d` in the session with the ID `caller`. From a new device
 * no older one is forgotten (docs/decisions/0057).
 */
const mayForget = (caller: string) =>
  `NOT EXISTS (SELECT FROM sessions caller WHERE caller.id = ${caller} AND caller.user_id = d.user_id AND ${isOlderThanNewDevice('d', 'caller')})`;

/**
 * SQL: forgets the devices on which the `(id, user_id, device_id)` rows of `ended` were opened. `caller` is the ID of the
 * user's own session that ends them, or NULL.
 */
export const forgetDevicesOf = (ended: string, caller = 'NULL::uuid', condition = 'true') => `
  UPDATE known_devices d SET token_hash = ${NO_TOKEN} FROM ${ended} ended
  WHERE d.user_id = ended.user_id AND ${isOnDevice('ended', 'd')} AND ${condition} AND ${mayForget(caller)}`;

/** SQL: forgets the devices of the user with this ID, except that of the user's own session `caller`, which is an ID or NULL. */
export const forgetDevicesOfUser = (userId: string, caller = 'NULL::uuid') => `
  UPDATE known_devices d SET token_hash = ${NO_TOKEN} WHERE d.user_id = ${userId}
    AND NOT EXISTS (SELECT FROM sessions kept WHERE kept.id = ${caller} AND kept.user_id = d.user_id AND ${isOnDevice('kept', 'd')})
    AND ${mayForget(caller)}`;

/** SQL: forgets the devices of the users of `users`, rows `(id)`. */
export const forgetDevicesOfUsers = (users: string) => `
  UPDATE known_devices d SET token_hash = ${NO_TOKEN} FROM ${users} WHERE d.user_id = ${users}.id`;

/** SQL: forgets the devices of users on which they first signed in at a time or later: rows `(id, since)` of `users`. */
export const forgetDevicesSince = (users: string) => `
  UPDATE known_devices d SET token_hash = ${NO_TOKEN} FROM ${users} denied WHERE d.user_id = denied.id AND d.first_seen_at >= denied.since`;

/** SQL: whether the session `s` was opened at the time `since` or later, on a device that was new then. */
export const isSinceOnNewDevice = (s: string, since: string) => `
  (${s}.created_at >= ${since} AND NOT EXISTS (
    SELECT FROM known_devices d WHERE d.user_id = ${s}.user_id AND ${isOnDevice(s, 'd')} AND d.first_seen_at < ${since}
  ))`;
