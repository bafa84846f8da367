import { array, bool, bytea, int4, nullable } from '../db/types.js';
import { failuresRetryAfter, isToday } from './guess-counts.js';
import { phoneFromNetwork, phoneOnDevice } from './guess-subjects.js';
import {
  DEVICE_FAILURES,
  LONG_CODE_LENGTH,
  OPEN_OTP_ATTEMPTS_PER_PHONE,
  SHORT_CODE_FAILURES_IN_TOTAL,
  SHORT_CODE_GUESSES_PER_DAY,
  STRANGER_FAILURES,
  STRANGER_FAILURES_FROM_NETWORK,
} from './limits.js';
import { IS_SPRAYED } from './spray.js';

/** For how long a stranger needs a captcha while the breaker of the service is tripped. It may stay tripped for longer. */
export const SPRAYED_RETRY_SECONDS = 60;

/** The parameters of the SQL below, besides `phone` and `network`. */
export const GUESS_CLIENT_PARAMETERS = {
  /** Hashes of the device tokens that the client shows. */
  shownDevices: array(bytea),
  /** Whether the client has solved a captcha for this request. */
  captchaSolved: bool,
  /** OTP_MAX_TRIES and OTP_LENGTH. */
  maxTries: int4,
  codeLength: int4,
};

/** The columns of `client`, besides those of the attempt. */
export const GUESS_CLIENT_COLUMNS = {
  slots: array(int4),
  refused_for: nullable(int4),
  suspected_for: nullable(int4),
};

/** Slots of the open attempts of a phone, so that strangers cannot take those of its known devices. */
const slots = (first: number) => Array.from({ length: OPEN_OTP_ATTEMPTS_PER_PHONE }, (_, index) => first + index);
const STRANGER_SLOTS = slots(1);
const DEVICE_SLOTS = slots(1 + OPEN_OTP_ATTEMPTS_PER_PHONE);
const CAPTCHA_SLOTS = slots(1 + 2 * OPEN_OTP_ATTEMPTS_PER_PHONE);
const list = (numbers: number[]) => `'{${numbers.join(',')}}'::int[]`;

/** SQL: the wrong codes of a subject in this day and in total, or 0. */
const failures = (subject: string) => `
  SELECT coalesce(max(CASE WHEN ${isToday('f')} THEN f.day_failures END), 0) AS of_today, coalesce(max(f.total_failures), 0) AS in_total
  FROM guess_failures f WHERE f.subject = ${subject}`;

/** SQL: the tries that clients of the same kind have left at shorter codes of the phone. */
const openTries = (isKnown: string) => `
  SELECT coalesce(sum(:maxTries::int - open.tries), 0) AS tries FROM login_attempts open
  WHERE open.phone = :phone AND open.method = 'OTP' AND open.status = 'PENDING' AND open.expires_at > now()
    AND coalesce(open.code_length, :codeLength::int) < ${LONG_CODE_LENGTH} AND (open.device_hash IS NOT NULL) = ${isKnown}`;

/**
 * SQL: queries of a WITH list that judge the client of a request for a code, as the row `client`:
 * - `device_hash`: of the known device; null for a stranger, that is for every other client
 * - `slots`: those that its attempt may take
 * - `refused_for`: seconds for which it gets no code; null when it gets one
 * - `suspected_for`: seconds for which it needs a captcha, because strangers attack the phone or the service; null when
 *   it needs none
 * - `code_length`: digits of the code
 *
 * A known device is judged by its own wrong codes alone (docs/decisions/0048). `deviceHash` is an expression: the hash of the shown token
 * by which the user of the phone is known, or null.
 */
export const guessClient = (deviceHash: string) => `
    device AS MATERIALIZED (SELECT hash, hash IS NOT NULL AS known FROM (SELECT ${deviceHash} AS hash) AS shown),
    client AS (
      SELECT device.hash AS device_hash,
        CASE WHEN known THEN ${list(DEVICE_SLOTS)} WHEN :captchaSolved THEN ${list([...STRANGER_SLOTS, ...CAPTCHA_SLOTS])} ELSE ${list(STRANGER_SLOTS)} END AS slots,
        CASE WHEN known THEN ${failuresRetryAfter(phoneOnDevice(':phone', 'device.hash'), DEVICE_FAILURES)}
             ELSE ${failuresRetryAfter(phoneFromNetwork(':phone', ':network'), STRANGER_FAILURES_FROM_NETWORK)} END AS refused_for,
        CASE WHEN NOT known AND NOT :captchaSolved THEN greatest(
          ${failuresRetryAfter(':phone', STRANGER_FAILURES)},
          CASE WHEN :network IS NOT NULL AND ${IS_SPRAYED} THEN ${SPRAYED_RETRY_SECONDS} END
        ) END AS suspected_for,
        CASE WHEN failures.of_today + open.tries + :maxTries::int <= ${SHORT_CODE_GUESSES_PER_DAY} AND failures.in_total < ${SHORT_CODE_FAILURES_IN_TOTAL}
             THEN :codeLength::int ELSE greatest(:codeLength::int, ${LONG_CODE_LENGTH}) END AS code_length
      FROM device,
        LATERAL (${failures(`CASE WHEN known THEN ${phoneOnDevice(':phone', 'device.hash')} ELSE :phone END`)}) AS failures,
        LATERAL (${openTries('known')}) AS open
    )`;
