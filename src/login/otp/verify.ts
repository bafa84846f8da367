import { v7 as uuidv7 } from 'uuid';
import { failureReason, loginAttemptStatus } from '../../db/enums.js';
import { fromOuterJoin, hasColumns } from '../../db/outer-join.js';
import { statement } from '../../db/statement.js';
import { bool, bytea, nullable, text, uuid } from '../../db/types.js';
import { resetOwnFailures } from '../../guard/reset-own-failures.js';
import { limitedNetworks } from '../../guard/limited-networks.js';
import { countPhoneAsUsed } from '../../guard/send-budgets.js';
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
  type DeviceTokens,
  deviceHashes,
  deviceIdOf,
  deviceTokens,
  findKnownDevice,
  keptToken,
  rememberDevice,
} from '../../sessions/known-devices.js';
import { NEW_USER_PARAMETERS, type SignUp, findOrCreateUser, userColumns } from '../../users/user.js';
import { hasWhatsAppConfirmation, notifiesOfNewDevices } from '../../config/sign-in-methods.js';
import { AttemptClosed } from '../attempts/attempt.js';
import type { LoginDeps } from '../create-login.js';
import { RECYCLED_PARAMETERS, isRecycled, releasePhones } from '../recycled-phone.js';
import { QUESTION_PARAMETERS, insertQuestion } from '../notifications/question.js';
import { NEW_DEVICE_PARAMETERS, ONCE_A_DAY, hasKnownDevices, notifyOfNewDevice } from '../notifications/queue.js';
import { CONFIRMING_PARAMETERS, confirmingColumns, createConfirmationSalts } from '../whatsapp/confirmation-number.js';
import { SECOND_STEP_EXPIRES, needsApproval, needsSecondStep } from '../second-step.js';
import { type CheckCodeDeps, type CheckedAttempt, type CodeSubmission, checkCode } from './check-code.js';
import { countWrongCode } from './count-wrong-code.js';
import { readOpenedSession } from './repeat-code.js';
import { confirmationRequired, startSecondStep } from './require-confirmation.js';

type VerifyDeps = CheckCodeDeps &
  Pick<LoginDeps, 'mint' | 'greenApi' | 'outbox' | 'floodReports' | 'log' | 'usedCodes'>;

interface SignInSubmission extends CodeSubmission {
  /** From an earlier sign-in of the same client. */
  deviceToken?: string | null | undefined;
}

const KNOWN = '(device.token_hash IS NOT NULL)';

/**
 * Accepts the right code: closes the attempt, finds or creates the user, and opens the session in one statement. Of
 * several racing right codes, the first locks the attempt and the others find it closed. `claimed_at` is the time at
 * which the locks were free, so that a client that had to wait for them has the whole time to repeat its code.
 * If the user needs a second step, the attempt waits for it, and no session is opened. The user is locked before that is
 * decided, so two attempts of one user are decided one after the other.
 *
 * A recycled phone is taken from its user first, in the same statement: a concurrent code that waits for that user finds the phone with
 * the new one.
 *
 * The fixed code of a test phone proves nothing: it never signs in a user whose role is above the first. Then nothing
 * changes, and no row is returned.
 */
const acceptCode = (name: string, signUp: SignUp) =>
  statement({
    name,
    sql: `
    WITH proof AS (
      SELECT id, phone, charged, locale, client_ip, user_agent, location FROM login_attempts
      WHERE id = :attemptId AND method = 'OTP' AND purpose = 'SIGN_IN' AND status = 'PENDING' AND expires_at > now() FOR UPDATE
    ),
    phone_budget AS (${countPhoneAsUsed('proof')}),
    known_user AS (SELECT u.* FROM proof JOIN users u ON u.phone = proof.phone FOR NO KEY UPDATE OF u),
    device AS (${findKnownDevice('known_user')}),
    checked AS (
      SELECT judged.*, comparable_user AND recycled_id IS NULL AS comparable FROM (
        SELECT proof.*, device.token_hash AS known_device, coalesce(${hasKnownDevices('u')}, false) AS comparable_user,
               CASE WHEN NOT :testPhone::boolean AND ${isRecycled('u', KNOWN)} THEN u.id END AS recycled_id,
               coalesce(${needsSecondStep('u', KNOWN)}, false) AS second_step, coalesce(${needsApproval('u', KNOWN)}, false) AS needs_approval
        FROM proof LEFT JOIN known_user u ON true LEFT JOIN device ON true
        WHERE NOT :testPhone::boolean OR coalesce(u.role = :role, true)
      ) AS judged
    ),
    recycled AS (SELECT recycled_id AS id FROM checked WHERE recycled_id IS NOT NULL),
    ${releasePhones('recycled')},
    owned AS MATERIALIZED (SELECT checked.*, (SELECT count(*) FROM released) FROM checked),
    found_user AS (${findOrCreateUser('owned', signUp, 'NOT (SELECT second_step FROM checked)')}),
    admitted AS (
      SELECT found_user.id AS user_id, client_ip, user_agent, location, ${deviceIdOf('device')} AS device_id FROM found_user, checked
      WHERE NOT found_user.blocked AND NOT second_step
    ),
    session AS (${insertSession('admitted')}),
    notification AS (${notifyOfNewDevice({
      session: 'session',
      user: 'found_user',
      condition: '(SELECT comparable AND known_device IS NULL FROM checked)',
      onceKey: ONCE_A_DAY,
    })}),
    ${rememberDevice('session', 'device')},
    closed AS (
      UPDATE login_attempts a SET
        status = CASE WHEN session.id IS NOT NULL THEN 'CLAIMED' WHEN found_user.id IS NULL OR found_user.blocked THEN 'FAILED'
                      ELSE 'CONFIRMING' END::login_attempt_status,
        failure_reason = CASE WHEN found_user.id IS NULL THEN 'USER_NOT_FOUND' WHEN found_user.blocked THEN 'USER_BLOCKED' END::failure_reason,
        user_id = found_user.id, session_id = session.id, version = a.version + 1, completed_at = now(),
        claimed_at = CASE WHEN NOT checked.second_step OR found_user.blocked THEN clock_timestamp() END,
        expires_at = CASE WHEN checked.second_step THEN ${SECOND_STEP_EXPIRES} ELSE a.expires_at END,
        tries = CASE WHEN checked.second_step THEN 0 ELSE a.tries END, needs_approval = checked.needs_approval,${confirmingColumns('checked.second_step AND NOT coalesce(found_user.blocked, true)')}
      FROM checked LEFT JOIN found_user ON true LEFT JOIN session ON true
      WHERE a.id = checked.id
      RETURNING a.status, a.failure_reason, a.needs_approval, a.client_ip, a.user_agent, a.location, a.locale,
                checked.known_device, checked.recycled_id, ${sessionColumns('session')}, ${userColumns('found_user')}
    ),
    question AS (${insertQuestion({ attempt: 'closed', proof: 'proof' })})
    SELECT * FROM closed`,
    parameters: {
      attemptId: uuid,
      testPhone: bool,
      ...NEW_USER_PARAMETERS,
      ...RECYCLED_PARAMETERS,
      ...NEW_SESSION_PARAMETERS,
      ...DEVICE_PARAMETERS,
      ...NEW_DEVICE_PARAMETERS,
      ...QUESTION_PARAMETERS,
      ...CONFIRMING_PARAMETERS,
    },
    columns: {
      status: loginAttemptStatus,
      failure_reason: nullable(failureReason),
      needs_approval: bool,
      client_ip: nullable(text),
      user_agent: nullable(text),
      location: nullable(text),
      locale: text,
      ...fromOuterJoin(SESSION_COLUMNS),
      known_device: nullable(bytea),
      recycled_id: nullable(uuid),
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
 * @throws ConfirmationRequired when the code is right, but the user's role needs more than a code
 * @throws RateLimited when the client's network has entered too many wrong codes, or the service is sprayed; then this
 * code was not checked
 * @throws AttemptNotFound, AttemptClosed
 */
export async function verifyOtp(submission: SignInSubmission, deps: VerifyDeps): Promise<Session> {
  const device = deviceTokens({ shown: submission.deviceToken, secret: submission.secret });
  return checkCode(
    {
      submission,
      purpose: 'SIGN_IN',
      accept: (attempt) => accept({ attempt, submission, device }, deps),
      repeat: (attempt) => readOpenedSession({ ...attempt, device }, deps),
    },
    deps,
  );
}

async function accept(
  { attempt, submission, device }: { attempt: CheckedAttempt; submission: SignInSubmission; device: DeviceTokens },
  deps: VerifyDeps,
): Promise<Session | undefined> {
  const { config, database, bus, mint, audit } = deps;
  const { attemptId, client, failedBefore, testPhone } = attempt;
  const questionId = uuidv7();
  const asks = hasWhatsAppConfirmation(config);
  const [row] = await database.query(ACCEPT_CODE[config.signUp], {
    attemptId,
    testPhone,
    newUserId: uuidv7(),
    role: config.roles[0],
    recycles: config.recycledPhones === 'new-account',
    ...draftSession(mint),
    ...deviceHashes(device),
    notificationId: uuidv7(),
    notifies: notifiesOfNewDevices(config) && !testPhone,
    questionId,
    asks,
    ...createConfirmationSalts({ attemptId, phone: client.phone }, deps.keyring),
  });
  // To a client that knows the fixed code, the phone of a user with another role looks as if the code was wrong.
  if (!row) {
    const networks = limitedNetworks(submission.ip, config);
    return testPhone ? countWrongCode({ attemptId, networks }, deps) : undefined;
  }
  bus.publish(attemptId);
  // A fixed code says nothing about the network of its client.
  if (!testPhone) {
    deps.usedCodes.add(attemptId);
    deps.verifiedCodes.count(submission.ip);
  }
  if (row.status === 'CONFIRMING') {
    if (failedBefore) await resetOwnFailures(client, { database });
    const { user_id: userId, user_role: role, needs_approval: needsApproval, user_agent: userAgent, locale } = row;
    const question = {
      id: questionId,
      phone: client.phone,
      locale,
      userAgent,
      location: row.location ?? row.client_ip,
    };
    startSecondStep({ attemptId, userId, role, needsApproval, asks, question }, deps);
    throw await confirmationRequired(submission, deps);
  }
  if (!hasColumns(row, SESSION_COLUMNS)) {
    audit.info({ event: 'login.failed', attemptId, reason: row.failure_reason });
    throw new AttemptClosed(row.status, row.failure_reason);
  }
  if (failedBefore) await resetOwnFailures(client, { database });
  const { user_id: userId, session_id: sessionId, user_role: role } = row;
  if (row.recycled_id !== null)
    audit.info({ event: 'user.phone_released', attemptId, userId: row.recycled_id, newUserId: userId });
  audit.info({ event: 'otp.verified', attemptId, userId, sessionId, role, ...(testPhone ? { testPhone } : {}) });
  return mintSession(row, mint, keptToken(device, row.known_device));
}
