import type { ChannelName } from '../../config/config.js';
import { ASYNC_COMMIT } from '../../db/async-commit.js';
import { attemptPurpose } from '../../db/enums.js';
import { fromOuterJoin } from '../../db/outer-join.js';
import { statement } from '../../db/statement.js';
import { array, bool, bytea, int2, int4, nullable, text, textOf, timestamptz, uuid } from '../../db/types.js';
import { NEW_DELIVERY, secondsFromNow } from '../../delivery/log/sms-log.js';
import { GUESS_CLIENT_COLUMNS, GUESS_CLIENT_PARAMETERS, guessClient } from '../../guard/guesses/guess-client.js';
import { phoneOnKnownDevices } from '../../guard/guesses/guess-subjects.js';
import { isHome, isPhoneOfUser } from '../../guard/budgets/phone-of-user.js';
import { LONG_CODE_LENGTH, RESEND_AFTER_SECONDS, RESERVE_CODE_LENGTH } from '../../guard/limits.js';
import { NOTICED, chargeBudgets } from '../../guard/budgets/charge-budgets.js';
import {
  BLOCK_COLUMNS,
  BUDGETS_PARAMETERS,
  CAPTCHA_COLUMNS,
  REFUSAL_COLUMNS,
  judgeBudgets,
} from '../../guard/budgets/judge-budgets.js';
import { knownDeviceHashOfPhone } from '../../sessions/known-devices.js';
import { CODE_HASH_PARAMETERS, hashOfLength } from './code-hash.js';

/** What an open attempt adds to the verdict. */
export const ATTEMPT_COLUMNS = {
  attempt_id: uuid,
  expires_at: timestamptz,
  resend_at: timestamptz,
  code_length: int2,
  /** False for a decoy. */
  deliver: bool,
  charged: array(text),
  to_charge: int4,
};

/** SQL: whether the message is charged to the budget `w`. */
const CHARGED = `(NOT (free_slot.blocked OR free_slot.decoy) OR ${NOTICED})`;

/**
 * SQL: the slot of the network of a client that has solved a captcha, so that other networks cannot take all slots of the phone. It is
 * above those of `guessClient`, and fits a smallint.
 */
const FIRST_NETWORK_SLOT = 1_000;
const slotOfNetwork = (subject: string) => `(${FIRST_NETWORK_SLOT} + abs(hashtext(${subject}) % 30000))`;

/** How long the code of an attempt may be, if OTP_LENGTH is `length`. */
export const codeLengthsOf = (length: number): number[] => [
  ...new Set([length, Math.max(length, LONG_CODE_LENGTH), Math.max(length, RESERVE_CODE_LENGTH)]),
];

/**
 * Opens an OTP attempt together with the log row of its first delivery, if the guard admits the client and it has a free
 * slot. Returns the verdict of the guard in any case, and the attempt when it is open.
 *
 * It takes the first free slot: of concurrent requests of strangers, which all find the same, one opens an attempt. Of concurrent requests for one slot, or with one idempotency key, the unique indexes admit one. A message that the
 * guard blocks has a delivery that is never sent. The commit is asynchronous: if PostgreSQL dies and loses the attempt,
 * the code opens nothing, and the user requests another.
 */
const openAttempt = (name: string, decoy: string) =>
  statement({
    name,
    short: true,
    sql: `
    WITH ${guessClient(knownDeviceHashOfPhone(':phone'))},
    ${judgeBudgets({
      known: '(SELECT known FROM device)',
      device: phoneOnKnownDevices(':phone'),
      captchaSolved: ':captchaSolved::boolean',
      ofUser: isPhoneOfUser(':phone'),
      home: isHome(':phone', ':network::text'),
      mayUseReserve: ':captchaSolved::boolean',
    })},
    decision AS MATERIALIZED (
      SELECT verdict.*, verdict.blocked_by IS NOT NULL AS blocked, (:testPhone::boolean OR ${decoy}) AS decoy,
             client.device_hash, client.refused_for, client.suspected_for, client.guessed, client.sprayed, client.taken_slots,
             CASE WHEN own_reserve IS NULL THEN client.slots ELSE client.slots || ${slotOfNetwork('own_reserve')} END AS slots, client.code_length,
             EXISTS (SELECT FROM login_attempts same WHERE same.idempotency_hash = :requestHash) AS repeated
      FROM verdict, client
    ),
    free_slot AS (
      SELECT slot, device_hash, blocked, decoy, blocked_by,
             greatest(code_length, CASE WHEN reserve IS NOT NULL OR slot >= ${FIRST_NETWORK_SLOT} THEN ${RESERVE_CODE_LENGTH} END) AS code_length
      FROM decision, unnest(slots) AS slot
      WHERE slot <> ALL(taken_slots) AND refused_for IS NULL AND suspected_for IS NULL AND NOT repeated
        AND refused_by IS NULL AND NOT (:asksCaptcha::boolean AND suspicious) AND (NOT blocked OR blocked_on_any_channel OR :decoyIfBlocked::boolean)
      ORDER BY slot LIMIT 1
    ),
    attempt AS (
      INSERT INTO login_attempts (id, method, phone, secret_hash, code_salt, code_hash, idempotency_hash, active_slot, key_id, locale, expires_at, resend_at, client_ip, client_network, user_agent, location, purpose, user_id, code_length, device_hash, captcha_solved, charged)
      SELECT :attemptId::uuid, 'OTP', :phone, :secretHash::bytea, :codeSalt::bytea, ${hashOfLength('free_slot.code_length')}, :requestHash::bytea, slot, :keyId, :locale, now() + :ttlSeconds::int * interval '1 second',
             now() + interval '${RESEND_AFTER_SECONDS} seconds', :ip, :network, :userAgent, :location, :purpose::attempt_purpose, :userId::uuid, CASE WHEN :testPhone::boolean THEN :codeLength::int ELSE code_length END, device_hash, :captchaSolved::boolean,
             ARRAY(SELECT subject FROM wanted w WHERE ${CHARGED} ORDER BY w.scope)
      FROM free_slot JOIN ${ASYNC_COMMIT} ON async_commit.setting = 'off'
      ON CONFLICT DO NOTHING
      RETURNING id, expires_at, resend_at, code_length, charged
    ),
    charged AS (${chargeBudgets('attempt, free_slot', CHARGED)}),
    delivery AS (
      INSERT INTO ${NEW_DELIVERY}
      SELECT :deliveryId::uuid, id, :channel, :maskedPhone, :country, 'LOGIN_CODE', :locale,
             CASE WHEN free_slot.blocked OR free_slot.decoy THEN 'suppressed' END, :nextChannels::text[], ${secondsFromNow(':overdueSeconds')}, free_slot.blocked_by
      FROM attempt, free_slot
      RETURNING failure
    )
    SELECT refused_by, retry_after, blocked_by, blocked_subject, blocked_until, blocked_on_any_channel, beyond_captcha, suspicious, guessed, sprayed, device_hash IS NOT NULL AS known, slots, refused_for, suspected_for,
           id AS attempt_id, expires_at, resend_at, attempt.code_length, failure IS NULL AS deliver,
           ARRAY(SELECT subject FROM charged) AS charged, cardinality(attempt.charged) AS to_charge, repeated
    FROM decision LEFT JOIN (attempt CROSS JOIN delivery) ON true`,
    parameters: {
      attemptId: uuid,
      phone: text,
      country: nullable(text),
      secretHash: bytea,
      codeSalt: bytea,
      ...CODE_HASH_PARAMETERS,
      requestHash: nullable(bytea),
      keyId: text,
      locale: text,
      ttlSeconds: int4,
      ip: text,
      network: nullable(text),
      userAgent: nullable(text),
      location: nullable(text),
      purpose: attemptPurpose,
      userId: nullable(uuid),
      deliveryId: uuid,
      maskedPhone: text,
      channel: textOf<ChannelName>(),
      nextChannels: array(textOf<ChannelName>()),
      overdueSeconds: nullable(int4),
      ...GUESS_CLIENT_PARAMETERS,
      ...BUDGETS_PARAMETERS,
      /** Whether a suspicious client must solve a captcha. */
      asksCaptcha: bool,
      /** Whether a blocked message opens an attempt without one, although another channel could be tried. */
      decoyIfBlocked: bool,
      /** Nothing is sent to this phone. */
      testPhone: bool,
    },
    columns: {
      ...REFUSAL_COLUMNS,
      ...BLOCK_COLUMNS,
      ...CAPTCHA_COLUMNS,
      suspicious: bool,
      /** Whether the client is on a known device of the phone. */
      known: bool,
      ...GUESS_CLIENT_COLUMNS,
      /** Whether an attempt has this idempotency key already. */
      repeated: bool,
      ...fromOuterJoin(ATTEMPT_COLUMNS),
    },
  });

/** With sign-up closed, an unknown number gets a decoy row, so that its delivery looks like that of a known number. */
export const OPEN_ATTEMPT = {
  open: openAttempt('login/open_otp_attempt', 'false'),
  closed: openAttempt('login/open_otp_attempt_sign_up_closed', `NOT EXISTS (SELECT 1 FROM users WHERE phone = :phone)`),
};
