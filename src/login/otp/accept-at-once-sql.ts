import { statement } from '../../db/statement.js';
import { array, bool, bytea, nullable, present, text, uuid } from '../../db/types.js';
import { countPhoneAsUsed } from '../../guard/budgets/count-as-used.js';
import { GUESS_PARAMETERS, NETWORK } from '../../guard/guesses/count-wrong-guess.js';
import { networkWaits } from '../../guard/guesses/network-guesses.js';
import { hasOwnFailures } from '../../guard/guesses/reset-own-failures.js';
import { IS_SPRAYED } from '../../guard/guesses/spray.js';
import { DEVICE_PARAMETERS } from '../../sessions/device-tokens.js';
import { NEW_SESSION_PARAMETERS, sessionColumns } from '../../sessions/session.js';
import { NEW_USER_PARAMETERS, type SignUp, findOrCreateUser, userColumns } from '../../users/user.js';
import { NEW_DEVICE_PARAMETERS, hasKnownDevices } from '../notifications/queue.js';
import { RECYCLED_PARAMETERS, isRecycled } from '../recycled-phone.js';
import { needsSecondStep } from '../second-step.js';
import { ACCEPTED_COLUMNS, FAILURE_REASON, KNOWN, LOCK_USER, openSession } from './open-session-sql.js';

/** SQL: whether the guard checks codes for the attempt `a` without a captcha, as `READ_ATTEMPT` says in detail. */
const isCheckedAtOnce = (a: string) => `(${a}.device_hash IS NOT NULL OR (
        (SELECT waits.suspected_for FROM (${networkWaits(':networks::text[]')}) AS waits) IS NULL
        AND NOT (${NETWORK} IS NOT NULL AND ${IS_SPRAYED})
      ))`;

/**
 * Reads the attempt, compares the code and does what `ACCEPT_CODE` does, in one statement: for the code of a sign-in that is
 * right, and that nothing stands in the way of. Otherwise it changes nothing and returns no row, so that `checkCode`
 * decides: about a wrong code, a closed attempt, a captcha, a second step, a recycled phone, and an attempt without a hash.
 *
 * Of several racing right codes, the first locks the attempt and the others find it closed.
 */
const acceptAtOnce = (name: string, signUp: SignUp) =>
  statement({
    name,
    short: true,
    sql: `
    WITH proof AS (
      SELECT id, phone, charged, locale, client_ip, user_agent, location, device_hash, created_at FROM login_attempts a
      WHERE id = :attemptId AND secret_hash = :secretHash AND code_hash = ANY(:codeHashes::bytea[])
        AND method = 'OTP' AND purpose = 'SIGN_IN' AND status = 'PENDING' AND expires_at > now()
        AND ${isCheckedAtOnce('a')}
      FOR UPDATE
    ),
    ${LOCK_USER},
    checked AS (
      SELECT proof.*, device.token_hash AS known_device, coalesce(${hasKnownDevices('u')}, false) AS comparable
      FROM proof LEFT JOIN known_user u ON true LEFT JOIN device ON true
      WHERE NOT coalesce(${needsSecondStep('u', KNOWN, 'proof.created_at')} OR ${isRecycled('u', KNOWN)}, false)
    ),
    phone_budget AS (${countPhoneAsUsed('checked')}),
    found_user AS (${findOrCreateUser('checked', signUp, 'true')}),
    ${openSession('NOT found_user.blocked')},
    closed AS (
      UPDATE login_attempts a SET
        status = CASE WHEN session.id IS NULL THEN 'FAILED' ELSE 'CLAIMED' END::login_attempt_status, failure_reason = ${FAILURE_REASON},
        user_id = found_user.id, session_id = session.id, version = a.version + 1, completed_at = now(), claimed_at = clock_timestamp()
      FROM checked LEFT JOIN found_user ON true LEFT JOIN session ON true
      WHERE a.id = checked.id
      RETURNING a.status, a.failure_reason, checked.phone, checked.device_hash, checked.known_device, ${sessionColumns('session')}, ${userColumns('found_user')}
    )
    SELECT closed.*, ${hasOwnFailures({ phone: 'closed.phone', network: NETWORK, deviceHash: 'closed.device_hash' })} AS failed_before
    FROM closed`,
    parameters: {
      attemptId: uuid,
      secretHash: bytea,
      codeHashes: array(bytea),
      ...GUESS_PARAMETERS,
      ...NEW_USER_PARAMETERS,
      ...RECYCLED_PARAMETERS,
      ...NEW_SESSION_PARAMETERS,
      ...DEVICE_PARAMETERS,
      ...NEW_DEVICE_PARAMETERS,
    },
    columns: {
      ...ACCEPTED_COLUMNS,
      phone: present(text),
      device_hash: nullable(bytea),
      failed_before: bool,
    },
  });

export const ACCEPT_AT_ONCE = {
  open: acceptAtOnce('login/accept_code_at_once', 'open'),
  closed: acceptAtOnce('login/accept_code_at_once_sign_up_closed', 'closed'),
};
