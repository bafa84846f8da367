import { v7 as uuidv7 } from 'uuid';
import { failureReason, loginAttemptStatus } from '../../db/enums.js';
import { fromOuterJoin, hasColumns } from '../../db/outer-join.js';
import { statement } from '../../db/statement.js';
import { bool, nullable, uuid } from '../../db/types.js';
import { lockPhoneFailures } from '../../guard/phone-failures.js';
import { resetPhoneLimits } from '../../guard/reset-phone-limits.js';
import { resetSends } from '../../guard/send-budgets.js';
import {
  NEW_SESSION_PARAMETERS,
  SESSION_COLUMNS,
  type Session,
  draftSession,
  insertSession,
  mintSession,
  sessionColumns,
} from '../../sessions/session.js';
import {
  DEVICE_PARAMETERS,
  deviceHashes,
  deviceTokens,
  isKnownDevice,
  keptToken,
  rememberDevice,
} from '../../sessions/known-devices.js';
import { NEW_USER_PARAMETERS, type SignUp, findOrCreateUser, userColumns } from '../../users/user.js';
import { AttemptClosed } from '../attempts/attempt.js';
import type { LoginDeps } from '../create-login.js';
import { type CheckCodeDeps, type CheckedAttempt, type CodeSubmission, checkCode } from './check-code.js';
import { readOpenedSession } from './repeat-code.js';

type VerifyDeps = CheckCodeDeps & Pick<LoginDeps, 'mint' | 'log'>;

interface SignInSubmission extends CodeSubmission {
  /** From an earlier sign-in of the same client. */
  deviceToken?: string | null | undefined;
}

/**
 * Accepts the right code: closes the attempt, finds or creates the user, and opens the session in one statement. Of
 * several racing right codes, the first locks the attempt and the others find it closed. `claimed_at` is the time at
 * which the locks were free, so that a client that had to wait for them has the whole time to repeat its code.
 */
const acceptCode = (name: string, signUp: SignUp) =>
  statement({
    name,
    sql: `
    WITH pending AS (
      SELECT id, phone, locale, client_ip, client_network, user_agent, location FROM login_attempts
      WHERE id = :attemptId AND method = 'OTP' AND purpose = 'SIGN_IN' AND status = 'PENDING' AND expires_at > now() FOR UPDATE
    ),
    failures AS (${lockPhoneFailures('pending')}),
    proof AS (SELECT * FROM pending WHERE NOT EXISTS (SELECT 1 FROM failures WHERE exhausted)),
    ${resetSends('proof')},
    found_user AS (${findOrCreateUser('proof', signUp)}),
    admitted AS (
      SELECT found_user.id AS user_id, client_ip, user_agent, location FROM found_user, proof WHERE NOT found_user.blocked
    ),
    session AS (${insertSession('admitted')}),
    device AS (SELECT coalesce(bool_or(${isKnownDevice('found_user.id')}), false) AS known FROM found_user),
    ${rememberDevice('session', '(SELECT known FROM device)')},
    closed AS (
      UPDATE login_attempts a SET
        status = CASE WHEN session.id IS NULL THEN 'FAILED' ELSE 'CLAIMED' END::login_attempt_status,
        failure_reason = CASE WHEN found_user.id IS NULL THEN 'USER_NOT_FOUND' WHEN found_user.blocked THEN 'USER_BLOCKED' END::failure_reason,
        user_id = found_user.id, session_id = session.id, version = a.version + 1, completed_at = now(), claimed_at = clock_timestamp()
      FROM proof LEFT JOIN found_user ON true LEFT JOIN session ON true
      WHERE a.id = proof.id
      RETURNING a.status, a.failure_reason, ${sessionColumns('session')}, ${userColumns('found_user')}
    )
    SELECT closed.*, device.known AS device_known FROM closed, device`,
    parameters: { attemptId: uuid, ...NEW_USER_PARAMETERS, ...NEW_SESSION_PARAMETERS, ...DEVICE_PARAMETERS },
    columns: {
      status: loginAttemptStatus,
      failure_reason: nullable(failureReason),
      ...fromOuterJoin(SESSION_COLUMNS),
      device_known: bool,
    },
  });

const ACCEPT_CODE = {
  open: acceptCode('login/accept_code', 'open'),
  closed: acceptCode('login/accept_code_sign_up_closed', 'closed'),
};

/**
 * Exchanges the right code for a session. The right code that is sent again within 60 s returns the same session, with
 * the refresh token that is current then.
 *
 * @throws IncorrectCode
 * @throws RateLimited when the phone has no guesses left; then this code was not checked
 * @throws AttemptNotFound, AttemptClosed
 */
export async function verifyOtp(submission: SignInSubmission, deps: VerifyDeps): Promise<Session> {
  const device = deviceTokens({ shown: submission.deviceToken, secret: submission.secret });
  return checkCode(
    {
      submission,
      purpose: 'SIGN_IN',
      accept: (attempt) => accept({ attempt, submission }, deps),
      repeat: (attempt) => readOpenedSession({ ...attempt, device }, deps),
    },
    deps,
  );
}

async function accept(
  { attempt, submission }: { attempt: CheckedAttempt; submission: SignInSubmission },
  { config, database, bus, mint, audit }: VerifyDeps,
): Promise<Session | undefined> {
  const { attemptId, phone, failedBefore } = attempt;
  const device = deviceTokens({ shown: submission.deviceToken, secret: submission.secret });
  const [row] = await database.query(ACCEPT_CODE[config.signUp], {
    attemptId,
    newUserId: uuidv7(),
    role: config.roles[0],
    ...draftSession(mint),
    ...deviceHashes(device),
  });
  if (!row) return undefined;
  bus.publish(attemptId);
  if (!hasColumns(row, SESSION_COLUMNS)) {
    audit.info({ event: 'login.failed', attemptId, reason: row.failure_reason });
    throw new AttemptClosed(row.status, row.failure_reason);
  }
  if (failedBefore) await resetPhoneLimits({ phone }, { database });
  const { user_id: userId, session_id: sessionId, user_role: role } = row;
  audit.info({ event: 'otp.verified', attemptId, userId, sessionId, role });
  return mintSession(row, mint, keptToken(device, row.device_known));
}
