import { v7 as uuidv7 } from 'uuid';
import type { ChannelName } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { RateLimited } from '../../guard/errors.js';
import { OPEN_OTP_ATTEMPTS_PER_PHONE, RESEND_AFTER_SECONDS } from '../../guard/limits.js';
import { phoneLimit } from '../../guard/phone-failures.js';
import { maskPhone } from '../../users/phone.js';
import type { Client } from '../attempt.js';

/**
 * Opens an OTP attempt together with the log row of its first delivery, if the phone may be guessed and has a free
 * place among its open attempts. Two racers for one place: the unique index lets one in, the other gets no row.
 * Where strangers are sent nothing, theirs is logged as if it had been: whoever asks for its state must not learn more.
 */
const OPEN_ATTEMPT = {
  name: 'open_otp_attempt',
  text: `
    WITH limited AS (${phoneLimit('$2')}),
    place AS (
      SELECT slot FROM generate_series(1, ${OPEN_OTP_ATTEMPTS_PER_PHONE}) AS slot
      WHERE NOT EXISTS (SELECT 1 FROM limited) AND NOT EXISTS (
        SELECT 1 FROM login_attempts o WHERE o.phone = $2 AND o.open_slot = slot AND o.method = 'OTP' AND o.status = 'PENDING'
      )
      LIMIT 1
    ),
    attempt AS (
      INSERT INTO login_attempts (id, method, phone, secret_hash, open_slot, key_id, locale, expires_at, resend_at, client_ip, user_agent)
      SELECT $1, 'OTP', $2, $3, slot, $4, $5, now() + $6 * interval '1 second',
             now() + interval '${RESEND_AFTER_SECONDS} seconds', $7, $8
      FROM place
      ON CONFLICT (phone, open_slot) WHERE method = 'OTP' AND status = 'PENDING' DO NOTHING
      RETURNING id, expires_at, resend_at
    ),
    delivery AS (
      INSERT INTO sms_log (id, attempt_id, channel, masked_phone, purpose, locale, state, failure)
      SELECT $9, attempt.id, $10, $11, 'LOGIN_CODE', $5,
             CASE WHEN known.here THEN 'QUEUED' ELSE 'ACCEPTED' END::delivery_state, CASE WHEN known.here THEN NULL ELSE 'suppressed' END
      FROM attempt, (SELECT $12::boolean OR EXISTS (SELECT 1 FROM users WHERE phone = $2) AS here) known
      RETURNING state
    )
    SELECT attempt.expires_at, attempt.resend_at, delivery.state = 'QUEUED' AS deliver, limited.retry_after
    FROM (SELECT 1) AS always LEFT JOIN attempt ON true LEFT JOIN delivery ON true LEFT JOIN limited ON true`,
};

interface OpenedRow {
  expires_at: Date | null;
  resend_at: Date | null;
  deliver: boolean;
  retry_after: number | null;
}

/** Frees the places of attempts whose time is up. */
const EXPIRE_ATTEMPTS = {
  name: 'expire_otp_attempts_of_phone',
  text: `
    WITH expired AS (
      UPDATE login_attempts SET status = 'EXPIRED', version = version + 1
      WHERE phone = $1 AND method = 'OTP' AND status = 'PENDING' AND expires_at <= now()
      RETURNING id
    )
    SELECT (SELECT count(*)::int FROM expired) AS freed, count(*)::int AS open,
           ceil(extract(epoch FROM min(expires_at) - now()))::int AS retry_after
    FROM login_attempts WHERE phone = $1 AND method = 'OTP' AND status = 'PENDING' AND expires_at > now()`,
};

export interface OpenedAttempt {
  id: string;
  deliveryId: string;
  expiresAt: Date;
  resendAt: Date;
  /** Whether there is anybody to send to: with sign-up closed, a stranger is sent nothing. */
  deliver: boolean;
}

/** @throws RateLimited: the phone was guessed wrong too often, or has its full number of open attempts. */
export async function openOtpAttempt(
  wanted: {
    phone: string;
    secretHash: Buffer;
    keyId: string;
    ttlSeconds: number;
    client: Client;
    channel: ChannelName;
    toStrangers: boolean;
  },
  database: Database,
): Promise<OpenedAttempt> {
  const { phone, client } = wanted;
  for (;;) {
    const id = uuidv7();
    const deliveryId = uuidv7();
    const [row] = await database.query<OpenedRow>(OPEN_ATTEMPT, [
      id,
      phone,
      wanted.secretHash,
      wanted.keyId,
      client.locale,
      wanted.ttlSeconds,
      client.ip,
      client.userAgent,
      deliveryId,
      wanted.channel,
      maskPhone(phone),
      wanted.toStrangers,
    ]);
    if (row?.retry_after) throw new RateLimited(row.retry_after);
    if (row?.expires_at && row.resend_at) {
      return { id, deliveryId, expiresAt: row.expires_at, resendAt: row.resend_at, deliver: row.deliver };
    }
    // No place: all taken, some of them by attempts that are over, or another racer took the one we saw.
    const [places] = await database.query<{ freed: number; open: number; retry_after: number | null }>(
      EXPIRE_ATTEMPTS,
      [phone],
    );
    if (places && places.open >= OPEN_OTP_ATTEMPTS_PER_PHONE) throw new RateLimited(places.retry_after ?? 1);
  }
}
