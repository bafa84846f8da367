import { IS_WAITING_SIGN_IN } from './cancel-waiting-sign-ins.js';
import { forgetDevicesOfUsers } from './forget-devices.js';
import { type RevokedReason, revokedBecause } from './revoke.js';

/**
 * SQL: queries of a WITH list that end the sign-ins of the users of `users`, rows `(id)`: their open sessions
 * (`ended_sessions`) and those that wait for a second step or a claim (`canceled_sign_ins`). Their devices are forgotten.
 *
 * Lock the users in an earlier statement of the same transaction. Whatever opens a session locks its user too, so this
 * statement sees the sessions of concurrent sign-ins. An attempt that is locked is being confirmed or claimed: the claim
 * must find out by itself that the user has changed.
 */
export const endSignIns = (users: string, reason: RevokedReason) => `
    canceled_sign_ins AS (
      UPDATE login_attempts a SET status = 'CANCELED', version = a.version + 1
      FROM (
        SELECT waiting.id FROM ${users} JOIN login_attempts waiting ON waiting.user_id = ${users}.id AND ${IS_WAITING_SIGN_IN}
        ORDER BY waiting.id FOR UPDATE OF waiting SKIP LOCKED
      ) AS unlocked
      WHERE a.id = unlocked.id RETURNING a.id
    ),
    open_sessions AS (
      SELECT s.id FROM ${users} JOIN sessions s ON s.user_id = ${users}.id AND s.revoked_at IS NULL ORDER BY s.id FOR UPDATE OF s
    ),
    ended_sessions AS (
      UPDATE sessions s SET ${revokedBecause(`'${reason}'`)} FROM open_sessions WHERE s.id = open_sessions.id
      RETURNING s.id, s.user_id
    ),
    forgotten_devices AS (${forgetDevicesOfUsers(users)})`;
