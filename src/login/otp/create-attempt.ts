import type { CountryCode } from 'libphonenumber-js/max';
import { v7 as uuidv7 } from 'uuid';
import type { ChannelName } from '../../config/config.js';
import type { Database, Statement } from '../../db/database.js';
import { ASYNC_COMMIT } from '../../db/async-commit.js';
import { RateLimited } from '../../guard/errors.js';
import { NEW_DELIVERY, secondsFromNow } from '../../delivery/log/sms-log.js';
import { OPEN_OTP_ATTEMPTS_PER_PHONE, RESEND_AFTER_SECONDS } from '../../guard/limits.js';
import { limitedNetwork } from '../../guard/client-ip.js';
import { mayBeGuessed, phoneLimit } from '../../guard/phone-failures.js';
import { chargeSend, mayCauseSend, sendRetryAfter } from '../../guard/send-budgets.js';
import { maskPhone } from '../../phone/mask-phone.js';
import type { SignUp } from '../../users/user.js';
import type { Client } from '../attempts/attempt.js';

/**
 * Opens an OTP attempt together with the log row of its first delivery, if the phone may be guessed and has a free
 * place among its open attempts. Two racers for one place: the unique index lets one in, the other gets no row.
 * If the database dies in the next moment and forgets it, the code that was sent opens nothing, and the person asks again.
 */
const openAttempt = (name: string, failure: string): Statement => ({
  name,
  text: `
    WITH free_slot AS (
      SELECT slot FROM generate_series(1, ${OPEN_OTP_ATTEMPTS_PER_PHONE}) AS slot
      WHERE NOT EXISTS (
        SELECT 1 FROM login_attempts o WHERE o.phone = $2 AND o.active_slot = slot AND o.method = 'OTP' AND o.status = 'PENDING'
      ) AND ${mayBeGuessed('$2')} AND ${mayCauseSend('$2', '$14')}
      LIMIT 1
    ),
    attempt AS (
      INSERT INTO login_attempts (id, method, phone, secret_hash, active_slot, key_id, locale, expires_at, resend_at, client_ip, client_network, user_agent, location, purpose, user_id)
      SELECT $1, 'OTP', $2, $3, slot, $4, $5, now() + $6 * interval '1 second',
             now() + interval '${RESEND_AFTER_SECONDS} seconds', $7, $14, $8, $16, $17::attempt_purpose, $18::uuid
      FROM free_slot JOIN ${ASYNC_COMMIT} ON relaxed.setting = 'off'
      ON CONFLICT (phone, active_slot) WHERE method = 'OTP' AND status = 'PENDING' DO NOTHING
      RETURNING id, phone, client_network AS address, expires_at, resend_at
    ),
    charged AS (${chargeSend('attempt')}),
    delivery AS (
      INSERT INTO ${NEW_DELIVERY}
      SELECT $9, id, $10, $11, $15, 'LOGIN_CODE', $5, failure, $12::text[],
             ${secondsFromNow('$13')}
      FROM (SELECT id, ${failure} AS failure FROM attempt) one
      RETURNING failure
    )
    SELECT expires_at, resend_at, failure IS NULL AS deliver,
           ARRAY(SELECT subject FROM charged) AS charged, num_nonnulls(phone, address) AS to_charge
    FROM attempt, delivery`,
});

/** Where strangers are sent nothing, theirs is logged like anybody's: whoever asks for its state must not learn more. */
const OPEN_ATTEMPT: Record<SignUp, Statement> = {
  open: openAttempt('open_otp_attempt', 'NULL::text'),
  closed: openAttempt(
    'open_otp_attempt_of_user',
    `CASE WHEN NOT EXISTS (SELECT 1 FROM users WHERE phone = $2) THEN 'suppressed' END`,
  ),
};

/** Why a phone had no place: guessed too often, or all taken. Places of attempts whose time is up are freed on the way. */
const FREE_PLACES: Statement = {
  name: 'free_otp_places_of_phone',
  text: `
    WITH expired AS (
      UPDATE login_attempts SET status = 'EXPIRED', version = version + 1
      WHERE phone = $1 AND method = 'OTP' AND status = 'PENDING' AND expires_at <= now()
    )
    SELECT count(*)::int AS taken, ceil(extract(epoch FROM min(expires_at) - now()))::int AS free_after,
           coalesce((${phoneLimit('$1')}), ${sendRetryAfter('$1', '$2')}) AS retry_after
    FROM login_attempts WHERE phone = $1 AND method = 'OTP' AND status = 'PENDING' AND expires_at > now()`,
};

export interface CreatedAttempt {
  id: string;
  deliveryId: string;
  expiresAt: Date;
  resendAt: Date;
  /** Whether there is anybody to send to: with sign-up closed, a stranger is sent nothing. */
  deliver: boolean;
  /** Whose budgets were charged, to be given back when nothing is sent. */
  charged: string[];
  /** False when a racer has just used up what the phone or the address may cause to be sent. */
  mayCauseSend: boolean;
}

/**
 * @throws RateLimited: the phone was guessed wrong too often, has its full number of open attempts, or it or the address
 *   has caused too many codes to be sent.
 */
export async function createOtpAttempt(
  wanted: {
    phone: string;
    country: CountryCode | undefined;
    /** Whose new phone it is to be; none for a sign-in. */
    changeFor: string | undefined;
    secretHash: Buffer;
    keyId: string;
    ttlSeconds: number;
    client: Client;
    locale: string;
    route: ChannelName[];
    overdueSeconds: number | null;
    signUp: SignUp;
  },
  database: Database,
): Promise<CreatedAttempt> {
  const { phone, client, changeFor } = wanted;
  const [channel, ...nextChannels] = wanted.route;
  const address = limitedNetwork(client.ip);
  for (;;) {
    const id = uuidv7();
    const deliveryId = uuidv7();
    const [row] = await database.query<{
      expires_at: Date;
      resend_at: Date;
      deliver: boolean;
      charged: string[];
      to_charge: number;
    }>(OPEN_ATTEMPT[changeFor ? 'open' : wanted.signUp], [
      id,
      phone,
      wanted.secretHash,
      wanted.keyId,
      wanted.locale,
      wanted.ttlSeconds,
      client.ip,
      client.userAgent,
      deliveryId,
      channel,
      maskPhone(phone),
      nextChannels,
      wanted.overdueSeconds,
      address,
      wanted.country,
      client.location,
      changeFor ? 'CHANGE_PHONE' : 'SIGN_IN',
      changeFor,
    ]);
    if (row) {
      const { expires_at: expiresAt, resend_at: resendAt, deliver, charged } = row;
      const mayCauseSend = charged.length === row.to_charge;
      return { id, deliveryId, expiresAt, resendAt, deliver, charged, mayCauseSend };
    }
    const [places] = await database.query<{ taken: number; free_after: number | null; retry_after: number | null }>(
      FREE_PLACES,
      [phone, address],
    );
    if (places?.retry_after) throw new RateLimited(places.retry_after);
    if (places && places.taken >= OPEN_OTP_ATTEMPTS_PER_PHONE) throw new RateLimited(places.free_after ?? 1);
    // An attempt that was over made room, or another racer took the place we saw: once more.
  }
}
