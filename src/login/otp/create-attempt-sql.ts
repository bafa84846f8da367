import type { ChannelName } from '../../config/config.js';
import { ASYNC_COMMIT } from '../../db/async-commit.js';
import { attemptPurpose } from '../../db/enums.js';
import { fromOuterJoin } from '../../db/outer-join.js';
import { statement } from '../../db/statement.js';
import { array, bool, bytea, int2, int4, nullable, text, textOf, timestamptz, uuid } from '../../db/types.js';
import { NEW_DELIVERY, secondsFromNow } from '../../delivery/log/sms-log.js';
import { GUESS_CLIENT_COLUMNS, GUESS_CLIENT_PARAMETERS, guessClient } from '../../guard/guess-client.js';
import { phoneOnDevice } from '../../guard/guess-subjects.js';
import { RESEND_AFTER_SECONDS } from '../../guard/limits.js';
import { BUDGETS_PARAMETERS, NOTICED, VERDICT_COLUMNS, chargeBudgets, judgeBudgets } from '../../guard/send-budgets.js';
import { knownDeviceHashOfPhone } from '../../sessions/known-devices.js';

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
    sql: `
    WITH ${guessClient(knownDeviceHashOfPhone(':phone'))},
    ${judgeBudgets('(SELECT known FROM device)', phoneOnDevice(':phone', '(SELECT hash FROM device)'))},
    decision AS MATERIALIZED (
      SELECT verdict.*, verdict.blocked_by IS NOT NULL AS blocked, (:testPhone::boolean OR ${decoy}) AS decoy FROM verdict
    ),
    free_slot AS (
      SELECT slot, client.device_hash, client.code_length, blocked, decoy, blocked_by FROM decision, client, unnest(client.slots) AS slot
      WHERE client.refused_for IS NULL AND client.suspected_for IS NULL AND NOT EXISTS (
        SELECT 1 FROM login_attempts pending
        WHERE pending.phone = :phone AND pending.active_slot = slot AND pending.method = 'OTP' AND pending.status = 'PENDING'
      ) AND NOT EXISTS (SELECT 1 FROM login_attempts same WHERE same.idempotency_hash = :requestHash)
        AND refused_by IS NULL AND NOT (:asksCaptcha::boolean AND suspicious) AND (NOT blocked OR :decoyIfBlocked::boolean)
      ORDER BY slot LIMIT 1
    ),
    attempt AS (
      INSERT INTO login_attempts (id, method, phone, secret_hash, code_salt, idempotency_hash, active_slot, key_id, locale, expires_at, resend_at, client_ip, client_network, user_agent, location, purpose, user_id, code_length, device_hash, charged)
      SELECT :attemptId::uuid, 'OTP', :phone, :secretHash::bytea, :codeSalt::bytea, :requestHash::bytea, slot, :keyId, :locale, now() + :ttlSeconds::int * interval '1 second',
             now() + interval '${RESEND_AFTER_SECONDS} seconds', :ip, :network, :userAgent, :location, :purpose::attempt_purpose, :userId::uuid, CASE WHEN :testPhone::boolean THEN :codeLength::int ELSE code_length END, device_hash,
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
    SELECT refused_by, retry_after, decision.blocked_by, blocked_until, suspicious, client.slots, client.refused_for, client.suspected_for,
           id AS attempt_id, expires_at, resend_at, attempt.code_length, failure IS NULL AS deliver,
           ARRAY(SELECT subject FROM charged) AS charged, cardinality(attempt.charged) AS to_charge
    FROM decision CROSS JOIN device CROSS JOIN client LEFT JOIN (attempt CROSS JOIN delivery) ON true`,
    parameters: {
      attemptId: uuid,
      phone: text,
      country: nullable(text),
      secretHash: bytea,
      codeSalt: bytea,
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
      /** Whether a blocked message opens an attempt without one. If not, another channel can be tried. */
      decoyIfBlocked: bool,
      /** Nothing is sent to this phone. */
      testPhone: bool,
    },
    columns: {
      ...VERDICT_COLUMNS,
      ...GUESS_CLIENT_COLUMNS,
      ...fromOuterJoin(ATTEMPT_COLUMNS),
    },
  });

/** With sign-up closed, an unknown number gets a decoy row, so that its delivery looks like that of a known number. */
export const OPEN_ATTEMPT = {
  open: openAttempt('login/open_otp_attempt', 'false'),
  closed: openAttempt('login/open_otp_attempt_sign_up_closed', `NOT EXISTS (SELECT 1 FROM users WHERE phone = :phone)`),
};
