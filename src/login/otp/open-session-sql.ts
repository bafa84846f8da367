import { failureReason, loginAttemptStatus } from '../../db/enums.js';
import { fromOuterJoin } from '../../db/outer-join.js';
import { bytea, nullable } from '../../db/types.js';
import { SESSION_COLUMNS, insertSession } from '../../sessions/session.js';
import { deviceIdOf, findKnownDevice, rememberDevice } from '../../sessions/known-devices.js';
import { ONCE_A_DAY, notifyOfNewDevice } from '../notifications/queue.js';

// What the two statements that accept a right code share.

/** SQL: whether the client's device is known for the user. */
export const KNOWN = '(device.token_hash IS NOT NULL)';

/**
 * SQL: queries of a WITH list that lock the user of `proof (phone)` and the user's device. FOR NO KEY UPDATE would be enough,
 * but PostgreSQL reports a deadlock if concurrent statements lock a row so, then update it, while others share it by a key.
 */
export const LOCK_USER = `
    known_user AS (SELECT u.* FROM proof JOIN users u ON u.phone = proof.phone FOR UPDATE OF u),
    device AS (${findKnownDevice('known_user')})`;

/** SQL: queries of a WITH list that open the session of `found_user`, if `signsIn` allows it. `checked` has the columns of the attempt. */
export const openSession = (signsIn: string) => `
    admitted AS (
      SELECT found_user.id AS user_id, client_ip, user_agent, location, ${deviceIdOf('device')} AS device_id FROM found_user, checked
      WHERE ${signsIn}
    ),
    session AS (${insertSession('admitted')}),
    notification AS (${notifyOfNewDevice({
      session: 'session',
      user: 'found_user',
      condition: '(SELECT comparable AND known_device IS NULL FROM checked)',
      onceKey: ONCE_A_DAY,
    })}),
    ${rememberDevice('session', 'device')}`;

/** SQL: why the right code opens no session. */
export const FAILURE_REASON = `CASE WHEN found_user.id IS NULL THEN 'USER_NOT_FOUND' WHEN found_user.blocked THEN 'USER_BLOCKED' END::failure_reason`;

/** The columns that an accepted attempt returns in any case. */
export const ACCEPTED_COLUMNS = {
  status: loginAttemptStatus,
  failure_reason: nullable(failureReason),
  ...fromOuterJoin(SESSION_COLUMNS),
  known_device: nullable(bytea),
};
