import { v7 as uuidv7 } from 'uuid';
import { notifiesOfNewDevices } from '../config/sign-in-methods.js';
import { DomainError } from '../domain-error.js';
import { failureReason, loginAttemptStatus } from '../db/enums.js';
import { fromOuterJoin, hasColumns } from '../db/outer-join.js';
import { statement } from '../db/statement.js';
import { bool, bytea, nullable, uuid } from '../db/types.js';
import {
  NEW_SESSION_PARAMETERS,
  SESSION_COLUMNS,
  type Session,
  draftSession,
  insertSession,
  mintSession,
  sessionColumns,
} from '../sessions/session.js';
import {
  DEVICE_PARAMETERS,
  type DeviceTokens,
  deviceHashes,
  deviceTokens,
  keptToken,
} from '../sessions/device-tokens.js';
import { deviceIdOf, findKnownDevice, knownDeviceHash, rememberDevice } from '../sessions/known-devices.js';
import { NEW_USER_PARAMETERS, userColumns } from '../users/user.js';
import { AttemptClosed, AttemptNotFound, hashSecret, isAttemptId } from './attempts/attempt.js';
import { FOUND_ATTEMPT, FOUND_ATTEMPT_COLUMNS, closedError } from './attempts/closed-error.js';
import { justClaimed, openSessionOf } from './attempts/just-claimed.js';
import type { LoginDeps } from './create-login.js';
import { RECYCLED_PARAMETERS, isRecycled, releasePhones } from './recycled-phone.js';
import { hasOtherRoleSince } from './second-step.js';
import { NEW_DEVICE_PARAMETERS, ONCE_A_DAY, hasKnownDevices, notifyOfNewDevice } from './notifications/queue.js';

type ClaimDeps = Pick<LoginDeps, 'config' | 'database' | 'bus' | 'mint' | 'audit' | 'log'>;

interface AttemptKey {
  attemptId: string;
  secretHash: Buffer;
  device: DeviceTokens;
}

const HAS_OTHER_ROLE = hasOtherRoleSince('found_user', 'completed.completed_at');

/**
 * Closes a completed attempt and opens its session. Of racing claims, one locks the attempt and the others find it
 * closed. The user is locked too, so a block or a change of phone happens either before the claim, which then opens no
 * session, or after it. A recycled phone is taken from its user first: another attempt of that user that was completed
 * before finds no user. A user who got another role since the proof must sign in again: the second step was decided for
 * the previous role. `claimed_at` is the time at which the locks were free, so that a client that had to wait for
 * them has the whole time to repeat its claim.
 */
const CLAIM = statement({
  name: 'login/claim_login',
  short: true,
  sql: `
    WITH completed AS (
      SELECT id, user_id, phone, locale, client_ip, user_agent, location, method, confirmed_by, completed_at FROM login_attempts
      WHERE id = :attemptId AND secret_hash = :secretHash AND status = 'COMPLETED' AND expires_at > now() FOR UPDATE
    ),
    owner AS (
      SELECT u.* FROM users u JOIN completed ON u.id = completed.user_id AND u.phone = completed.phone FOR UPDATE OF u
    ),
    device AS (${findKnownDevice('owner')}),
    recycled AS MATERIALIZED (
      SELECT owner.id, owner.phone, completed.locale FROM owner, completed WHERE ${isRecycled('owner', 'EXISTS (SELECT FROM device)')}
    ),
    ${releasePhones('recycled')},
    new_user AS (
      INSERT INTO users AS u (id, phone, role, locale, last_login_at)
      SELECT :newUserId::uuid, phone, :role, locale, now() FROM recycled WHERE (SELECT count(*) FROM released) > 0
      RETURNING u.*
    ),
    found_user AS (
      SELECT * FROM owner WHERE NOT EXISTS (SELECT FROM recycled) UNION ALL SELECT * FROM new_user
    ),
    admitted AS (
      SELECT found_user.id AS user_id, client_ip, user_agent, location, ${deviceIdOf('device')} AS device_id FROM found_user, completed
      WHERE NOT found_user.blocked AND NOT ${HAS_OTHER_ROLE}
    ),
    session AS (${insertSession('admitted')}),
    signed_in AS (UPDATE users u SET last_login_at = now() FROM session WHERE u.id = session.user_id),
    notification AS (${notifyOfNewDevice({
      session: 'session',
      user: 'found_user',
      // A user who has sent back the number on this screen knows of the sign-in.
      condition: `${hasKnownDevices('u')} AND NOT EXISTS (SELECT FROM device) AND (SELECT confirmed_by FROM completed) IS DISTINCT FROM 'user'`,
      onceKey: `CASE WHEN (SELECT method FROM completed) = 'OTP' THEN ${ONCE_A_DAY} END`,
    })}),
    ${rememberDevice('session', 'device')},
    closed AS (
      UPDATE login_attempts a SET
        status = CASE WHEN session.id IS NOT NULL THEN 'CLAIMED' WHEN found_user.id IS NULL OR found_user.blocked THEN 'FAILED'
                      ELSE 'CANCELED' END::login_attempt_status,
        failure_reason = CASE WHEN found_user.id IS NULL THEN 'USER_NOT_FOUND' WHEN found_user.blocked THEN 'USER_BLOCKED' END::failure_reason,
        user_id = coalesce(found_user.id, a.user_id), session_id = session.id, claimed_at = clock_timestamp(), version = a.version + 1
      FROM completed LEFT JOIN found_user ON true LEFT JOIN session ON true
      WHERE a.id = completed.id
      RETURNING a.status, a.failure_reason
    )
    SELECT closed.status, closed.failure_reason, device.token_hash AS known_device, (SELECT id FROM released) AS recycled_id,
           ${sessionColumns('session')}, ${userColumns('found_user')}
    FROM closed LEFT JOIN device ON true LEFT JOIN session ON true LEFT JOIN found_user ON true`,
  parameters: {
    attemptId: uuid,
    secretHash: bytea,
    ...NEW_USER_PARAMETERS,
    ...RECYCLED_PARAMETERS,
    ...NEW_SESSION_PARAMETERS,
    ...DEVICE_PARAMETERS,
    ...NEW_DEVICE_PARAMETERS,
  },
  columns: {
    status: loginAttemptStatus,
    failure_reason: nullable(failureReason),
    known_device: nullable(bytea),
    recycled_id: nullable(uuid),
    ...fromOuterJoin(SESSION_COLUMNS),
  },
});

/**
 * Reads an attempt that could not be claimed, with its open session if a claim has opened it. A session that a code has
 * opened is given again only for the code, by verifyOtp: an attacker who has copied the secret of an attempt does not have it.
 */
const READ_CLAIMED = statement({
  name: 'login/read_claimed_login',
  short: true,
  sql: `
    SELECT ${FOUND_ATTEMPT}, (a.method = 'WHATSAPP' OR a.confirmed_by IS NOT NULL) AND ${justClaimed('a')} AS recent,
           ${knownDeviceHash('s.user_id')} AS known_device,
           ${sessionColumns('s')}, ${userColumns('u')}
    FROM login_attempts a ${openSessionOf('a', 'LEFT JOIN')}
    WHERE a.id = :attemptId AND a.secret_hash = :secretHash`,
  parameters: { attemptId: uuid, secretHash: bytea, shownDevices: DEVICE_PARAMETERS.shownDevices },
  columns: {
    ...FOUND_ATTEMPT_COLUMNS,
    recent: nullable(bool),
    known_device: nullable(bytea),
    ...fromOuterJoin(SESSION_COLUMNS),
  },
});

/**
 * Exchanges a completed attempt for its session. A claim that is repeated within 60 s returns the same session, with
 * the refresh token that is current then. It never opens a second session, and returns none that a code has opened.
 *
 * @throws AttemptNotFound, AttemptClosed
 * @throws DomainError ATTEMPT_NOT_COMPLETED
 */
export async function claimLogin(
  input: { attemptId: string; secret: string; deviceToken?: string | null | undefined },
  deps: ClaimDeps,
): Promise<Session> {
  if (!isAttemptId(input.attemptId)) throw new AttemptNotFound();
  const key = {
    attemptId: input.attemptId.toLowerCase(),
    secretHash: hashSecret(input.secret),
    device: deviceTokens({ shown: input.deviceToken, secret: input.secret }),
  };
  // The second round runs only when the attempt was completed between the two statements of the first.
  for (let round = 1; ; round += 1) {
    const session = (await claim(key, deps)) ?? (await repeatClaim(key, deps));
    if (session) return session;
    if (round === 2) throw new DomainError('ATTEMPT_NOT_COMPLETED');
  }
}

async function claim(
  { device, ...key }: AttemptKey,
  { config, database, bus, mint, audit }: ClaimDeps,
): Promise<Session | undefined> {
  const { attemptId } = key;
  const [row] = await database.query(CLAIM, {
    ...key,
    newUserId: uuidv7(),
    role: config.roles[0],
    recycles: config.recycledPhones === 'new-account',
    ...draftSession(mint),
    ...deviceHashes(device),
    notificationId: uuidv7(),
    notifies: notifiesOfNewDevices(config),
  });
  if (!row) return undefined;
  bus.publish(attemptId);
  if (!hasColumns(row, SESSION_COLUMNS)) throw new AttemptClosed(row.status, row.failure_reason);
  if (row.recycled_id !== null)
    audit.info({ event: 'user.phone_released', attemptId, userId: row.recycled_id, newUserId: row.user_id });
  audit.info({ event: 'login.claimed', attemptId, userId: row.user_id, sessionId: row.session_id });
  return mintSession(row, mint, keptToken(device, row.known_device));
}

/** @returns undefined when the attempt is still waiting to be claimed. */
async function repeatClaim(
  { device, ...key }: AttemptKey,
  { database, mint, log }: ClaimDeps,
): Promise<Session | undefined> {
  const { shownDevices } = deviceHashes(device);
  const [row] = await database.query(READ_CLAIMED, { ...key, shownDevices });
  if (row?.status === 'CLAIMED' && row.recent && hasColumns(row, SESSION_COLUMNS)) {
    log.info({ event: 'login.claim_repeated', attemptId: key.attemptId, sessionId: row.session_id });
    return mintSession(row, mint, keptToken(device, row.known_device));
  }
  const closed = closedError(row);
  if (closed) throw closed;
  if (row?.status !== 'COMPLETED') throw new DomainError('ATTEMPT_NOT_COMPLETED');
  return undefined;
}
