import type { ChannelName } from '../../config/config.js';
import { ASYNC_COMMIT } from '../../db/async-commit.js';
import { attemptPurpose } from '../../db/enums.js';
import { statement } from '../../db/statement.js';
import { array, bool, bytea, int4, nullable, present, text, textOf, timestamptz, uuid } from '../../db/types.js';
import { NEW_DELIVERY, secondsFromNow } from '../../delivery/log/sms-log.js';
import { OPEN_OTP_ATTEMPTS_PER_PHONE, RESEND_AFTER_SECONDS } from '../../guard/limits.js';
import { mayBeGuessed } from '../../guard/phone-failures.js';
import { chargeSend, mayCauseSend } from '../../guard/send-budgets.js';

/**
 * Opens an OTP attempt together with the log row of its first delivery, if the phone has guesses left and a free slot.
 * Of concurrent requests for one slot, or with one idempotency key, the unique indexes admit one, and the others get no
 * row. The commit is
 * asynchronous: if PostgreSQL dies and loses the attempt, the code opens nothing, and the user requests another.
 */
const openAttempt = (name: string, failure: string) =>
  statement({
    name,
    sql: `
    WITH free_slot AS (
      SELECT slot FROM generate_series(1, ${OPEN_OTP_ATTEMPTS_PER_PHONE}) AS slot
      WHERE NOT EXISTS (
        SELECT 1 FROM login_attempts pending
        WHERE pending.phone = :phone AND pending.active_slot = slot AND pending.method = 'OTP' AND pending.status = 'PENDING'
      ) AND NOT EXISTS (SELECT 1 FROM login_attempts same WHERE same.idempotency_hash = :requestHash)
        AND ${mayBeGuessed(':phone')} AND ${mayCauseSend(':phone', ':network')}
      LIMIT 1
    ),
    attempt AS (
      INSERT INTO login_attempts (id, method, phone, secret_hash, code_salt, idempotency_hash, active_slot, key_id, locale, expires_at, resend_at, client_ip, client_network, user_agent, location, purpose, user_id)
      SELECT :attemptId::uuid, 'OTP', :phone, :secretHash::bytea, :codeSalt::bytea, :requestHash::bytea, slot, :keyId, :locale, now() + :ttlSeconds::int * interval '1 second',
             now() + interval '${RESEND_AFTER_SECONDS} seconds', :ip, :network, :userAgent, :location, :purpose::attempt_purpose, :userId::uuid
      FROM free_slot JOIN ${ASYNC_COMMIT} ON async_commit.setting = 'off'
      ON CONFLICT DO NOTHING
      RETURNING id, phone, client_network, expires_at, resend_at
    ),
    charged AS (${chargeSend('attempt')}),
    delivery AS (
      INSERT INTO ${NEW_DELIVERY}
      SELECT :deliveryId::uuid, id, :channel, :maskedPhone, :country, 'LOGIN_CODE', :locale, ${failure}, :nextChannels::text[],
             ${secondsFromNow(':overdueSeconds')}
      FROM attempt
      RETURNING failure
    )
    SELECT expires_at, resend_at, failure IS NULL AS deliver,
           ARRAY(SELECT subject FROM charged) AS charged, num_nonnulls(phone, client_network) AS to_charge
    FROM attempt, delivery`,
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
    },
    columns: {
      expires_at: timestamptz,
      resend_at: present(timestamptz),
      deliver: bool,
      charged: array(text),
      to_charge: int4,
    },
  });

/** With sign-up closed, an unknown number gets a decoy row, so that its delivery looks like that of a known number. */
export const OPEN_ATTEMPT = {
  open: openAttempt('login/open_otp_attempt', 'NULL'),
  closed: openAttempt(
    'login/open_otp_attempt_sign_up_closed',
    `CASE WHEN NOT EXISTS (SELECT 1 FROM users WHERE phone = :phone) THEN 'suppressed' END`,
  ),
};
