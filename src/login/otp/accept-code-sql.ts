import { statement } from '../../db/statement.js';
import { bool, nullable, text, uuid } from '../../db/types.js';
import { countPhoneAsUsed } from '../../guard/budgets/count-as-used.js';
import { NEW_SESSION_PARAMETERS, sessionColumns } from '../../sessions/session.js';
import { DEVICE_PARAMETERS } from '../../sessions/device-tokens.js';
import { NEW_USER_PARAMETERS, type SignUp, findOrCreateUser, userColumns } from '../../users/user.js';
import { RECYCLED_PARAMETERS, isRecycled, releasePhones } from '../recycled-phone.js';
import { QUESTION_PARAMETERS, insertQuestion } from '../notifications/question.js';
import { NEW_DEVICE_PARAMETERS, hasKnownDevices } from '../notifications/queue.js';
import { CONFIRMING_PARAMETERS, confirmingColumns } from '../whatsapp/confirmation-number.js';
import { SECOND_STEP_EXPIRES, needsApproval, needsSecondStep } from '../second-step.js';
import { ACCEPTED_COLUMNS, FAILURE_REASON, KNOWN, LOCK_USER, openSession } from './open-session-sql.js';

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
    short: true,
    sql: `
    WITH proof AS (
      SELECT id, phone, charged, locale, client_ip, user_agent, location, created_at FROM login_attempts
      WHERE id = :attemptId AND method = 'OTP' AND purpose = 'SIGN_IN' AND status = 'PENDING' AND expires_at > now() FOR UPDATE
    ),
    ${LOCK_USER},
    checked AS (
      SELECT judged.*, comparable_user AND recycled_id IS NULL AS comparable FROM (
        SELECT proof.*, device.token_hash AS known_device, coalesce(${hasKnownDevices('u')}, false) AS comparable_user,
               CASE WHEN NOT :testPhone::boolean AND ${isRecycled('u', KNOWN)} THEN u.id END AS recycled_id,
               coalesce(${needsSecondStep('u', KNOWN, 'proof.created_at')}, false) AS second_step, coalesce(${needsApproval('u', KNOWN)}, false) AS needs_approval
        FROM proof LEFT JOIN known_user u ON true LEFT JOIN device ON true
        WHERE NOT :testPhone::boolean OR coalesce(u.role = :role, true)
      ) AS judged
    ),
    phone_budget AS (${countPhoneAsUsed('checked')}),
    recycled AS (SELECT recycled_id AS id FROM checked WHERE recycled_id IS NOT NULL),
    ${releasePhones('recycled')},
    owned AS MATERIALIZED (SELECT checked.*, (SELECT count(*) FROM released) FROM checked),
    found_user AS (${findOrCreateUser('owned', signUp, 'NOT (SELECT second_step FROM checked)')}),
    ${openSession('NOT found_user.blocked AND NOT second_step')},
    closed AS (
      UPDATE login_attempts a SET
        status = CASE WHEN session.id IS NOT NULL THEN 'CLAIMED' WHEN found_user.id IS NULL OR found_user.blocked THEN 'FAILED'
                      ELSE 'CONFIRMING' END::login_attempt_status,
        failure_reason = ${FAILURE_REASON},
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
      ...ACCEPTED_COLUMNS,
      needs_approval: bool,
      client_ip: nullable(text),
      user_agent: nullable(text),
      location: nullable(text),
      locale: text,
      recycled_id: nullable(uuid),
    },
  });

export const ACCEPT_CODE = {
  open: acceptCode('login/accept_code', 'open'),
  closed: acceptCode('login/accept_code_sign_up_closed', 'closed'),
};
