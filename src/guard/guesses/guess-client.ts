import { array, bool, bytea, int4, nullable } from '../../db/types.js';
import { failuresUntil } from './guess-counts.js';
import { phoneFromNetwork, phoneOnDevice } from './guess-subjects.js';
import {
  DEVICE_FAILURES,
  LONG_CODE_LENGTH,
  OPEN_OTP_ATTEMPTS_PER_PHONE,
  SHORT_CODE_FAILURES_IN_TOTAL,
  SHORT_CODE_GUESSES_PER_DAY,
  STRANGER_FAILURES,
  STRANGER_FAILURES_EASE,
  STRANGER_FAILURES_FROM_NETWORK,
} from '../limits.js';
import { IS_SPRAYED } from './spray.js';
import { isToday } from '../windows.js';

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
  guessed: bool,
  sprayed: bool,
};

/** Slots of the open attempts of a phone, so that strangers cannot take those of its known devices. */
const slots = (first: number) => Array.from({ length: OPEN_OTP_ATTEMPTS_PER_PHONE }, (_, index) => first + index);
const STRANGER_SLOTS = slots(1);
const DEVICE_SLOTS = slots(1 + OPEN_OTP_ATTEMPTS_PER_PHONE);
const CAPTCHA_SLOTS = slots(1 + 2 * OPEN_OTP_ATTEMPTS_PER_PHONE);
const list = (numbers: number[]) => `'{${numbers.join(',')}}'::int[]`;

const EASED_FROM_NETWORK = {
  perHour: STRANGER_FAILURES_EASE * STRANGER_FAILURES_FROM_NETWORK.perHour,
  perDay: STRANGER_FAILURES_EASE * STRANGER_FAILURES_FROM_NETWORK.perDay,
};

const ON_DEVICE = phoneOnDevice(':phone', 'device.hash');
const FROM_NETWORK = phoneFromNetwork(':phone', ':network');

/** SQL: the wrong codes for the phone of this client and of strangers: when each is below its limit again, and those of this kind of client. */
const GUESSES = `
  SELECT max(${failuresUntil('f', DEVICE_FAILURES)}) FILTER (WHERE f.subject = ${ON_DEVICE}) AS device_until,
         max(${failuresUntil('f', STRANGER_FAILURES)}) FILTER (WHERE f.subject = :phone) AS strangers_until,
         max(${failuresUntil('f', STRANGER_FAILURES_FROM_NETWORK)}) FILTER (WHERE f.subject = ${FROM_NETWORK}) AS network_until,
         max(${failuresUntil('f', EASED_FROM_NETWORK)}) FILTER (WHERE f.subject = ${FROM_NETWORK}) AS eased_network_until,
         coalesce(max(f.day_failures) FILTER (WHERE ${isToday('f')} AND f.subject = own.subject), 0) AS of_today,
         coalesce(max(f.total_failures) FILTER (WHERE f.subject = own.subject), 0) AS in_total
  FROM guess_failures f, (SELECT CASE WHEN known THEN ${ON_DEVICE} ELSE :phone END AS subject) AS own
  WHERE f.subject = ANY(ARRAY[:phone, ${FROM_NETWORK}, ${ON_DEVICE}])`;

/** SQL: the open attempts of the phone: the slots they take, and the tries that clients of the same kind have left at shorter codes. */
const OPEN_ATTEMPTS = `
  SELECT coalesce(array_agg(open.active_slot::int), '{}') AS taken_slots,
         coalesce(sum(:maxTries::int - open.tries) FILTER (
           WHERE open.expires_at > now() AND coalesce(open.code_length, :codeLength::int) < ${LONG_CODE_LENGTH} AND (open.device_hash IS NOT NULL) = known
         ), 0) AS tries
  FROM login_attempts open WHERE open.phone = :phone AND open.method = 'OTP' AND open.status = 'PENDING'`;

/** SQL: null for a time that is null. */
const secondsUntil = (time: string) => `ceil(extract(epoch FROM ${time} - now()))::int`;

/**
 * SQL: queries of a WITH list that judge the client of a request for a code, as the row `client`:
 * - `device_hash`: of the known device; null for a stranger, that is for every other client
 * - `slots`: those that its attempt may take
 * - `taken_slots`: those of the open attempts of the phone
 * - `refused_for`: seconds for which it gets no code; null when it gets one
 * - `suspected_for`: seconds for which it needs a captcha, because strangers attack the phone or the service, or because its network
 *   has entered wrong codes for the phone; null when it needs none
 * - `guessed`: whether its network has entered so many wrong codes for the phone
 * - `sprayed`: whether the breaker of the service is tripped for it
 * - `code_length`: digits of the code
 *
 * OFFSET 0 keeps PostgreSQL from evaluating the expression once for each use.
 *
 * A known device is judged by its own wrong codes alone (docs/decisions/0048). `deviceHash` is an expression: the hash
 * of the shown token by which the user of the phone is known, or null.
 */
export const guessClient = (deviceHash: string) => `
    device AS MATERIALIZED (SELECT hash, hash IS NOT NULL AS known FROM (SELECT ${deviceHash} AS hash OFFSET 0) AS shown),
    client AS (
      SELECT device.hash AS device_hash,
        CASE WHEN known THEN ${list(DEVICE_SLOTS)} WHEN :captchaSolved THEN ${list([...STRANGER_SLOTS, ...CAPTCHA_SLOTS])} ELSE ${list(STRANGER_SLOTS)} END AS slots,
        open.taken_slots,
        ${secondsUntil('CASE WHEN known THEN guesses.device_until ELSE guesses.eased_network_until END')} AS refused_for,
        CASE WHEN NOT known AND NOT :captchaSolved THEN greatest(
          ${secondsUntil('greatest(guesses.strangers_until, guesses.network_until)')},
          CASE WHEN spray.tripped THEN ${SPRAYED_RETRY_SECONDS} END
        ) END AS suspected_for,
        guesses.network_until IS NOT NULL AS guessed,
        spray.tripped AS sprayed,
        CASE WHEN guesses.of_today + open.tries + :maxTries::int <= ${SHORT_CODE_GUESSES_PER_DAY} AND guesses.in_total < ${SHORT_CODE_FAILURES_IN_TOTAL}
             THEN :codeLength::int ELSE greatest(:codeLength::int, ${LONG_CODE_LENGTH}) END AS code_length
      FROM device, (SELECT :network::text IS NOT NULL AND ${IS_SPRAYED} AS tripped OFFSET 0) AS spray,
        LATERAL (${GUESSES}) AS guesses,
        LATERAL (${OPEN_ATTEMPTS}) AS open
    )`;
