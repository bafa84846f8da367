import type { ChannelName } from '../../config/config.js';
import { DomainError } from '../../domain-error.js';
import { RateLimited } from '../../guard/errors.js';
import { RESEND_AFTER_SECONDS } from '../../guard/limits.js';
import { DeliveryFailed } from '../../delivery/send/send-code.js';
import { giveBackSend, chargeSend, mayCauseSend, sendRetryAfter } from '../../guard/send-budgets.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { countryOf } from '../../phone/phone-country.js';
import { AttemptNotFound, hashSecret, isAttemptId } from '../attempts/attempt.js';
import { type FoundAttempt, FOUND_ATTEMPT, closedError } from '../attempts/closed-error.js';
import type { LoginDeps } from '../deps.js';
import { deriveCode } from './code.js';
import { type OtpRequested, preferring } from './request.js';

/** Takes the right to send once more: of racers one wins, the others find `resend_at` moved on. */
const TAKE_RESEND = {
  name: 'take_resend',
  text: `
    WITH taken AS (
      UPDATE login_attempts a SET resend_at = now() + interval '${RESEND_AFTER_SECONDS} seconds', version = version + 1
      WHERE id = $1 AND secret_hash = $2 AND method = 'OTP' AND status = 'PENDING' AND expires_at > now() AND resend_at <= now()
        AND ${mayCauseSend('a.phone', 'a.client_network')}
      RETURNING id, phone, client_network AS address, resend_at
    ), charged AS (${chargeSend('taken')})
    SELECT ${FOUND_ATTEMPT}, a.phone, a.key_id, a.locale, a.expires_at, taken.resend_at,
           greatest(ceil(extract(epoch FROM a.resend_at - now()))::int, ${sendRetryAfter('a.phone', 'a.client_network')}, 1) AS wait_seconds,
           ARRAY(SELECT subject FROM charged) AS charged,
           a.purpose = 'CHANGE_PHONE' OR EXISTS (SELECT 1 FROM users u WHERE u.phone = a.phone) AS expected
    FROM login_attempts a LEFT JOIN taken ON true
    WHERE a.id = $1 AND a.secret_hash = $2 AND a.method = 'OTP'`,
};

/** Unless somebody has taken the next one since. */
const GIVE_BACK_RESEND = {
  name: 'give_back_resend',
  text: 'UPDATE login_attempts SET resend_at = now() WHERE id = $1 AND resend_at = $2',
};

interface ResendRow extends FoundAttempt {
  phone: string;
  key_id: string;
  locale: string;
  expires_at: Date;
  resend_at: Date | null;
  wait_seconds: number;
  charged: string[];
  /** Whether there is anybody to send to, also where strangers are sent nothing. */
  expected: boolean;
}

/**
 * Sends the code of an open attempt again: the same code, by the same route or the channel asked for.
 *
 * @throws AttemptNotFound, AttemptClosed
 * @throws RateLimited before `resendAt`, or when the phone or the address has caused too many codes to be sent
 * @throws DomainError DELIVERY_FAILED, INVALID_PHONE_NUMBER; the attempt stays open, an earlier message may still arrive,
 *   and the person may ask again at once
 */
export async function resendOtp(
  input: { attemptId: string; secret: string; channel: ChannelName | undefined },
  deps: LoginDeps,
): Promise<OtpRequested> {
  const { config, keyring, database, codeSender, bus, audit } = deps;
  if (!isAttemptId(input.attemptId)) throw new AttemptNotFound();
  const [row] = await database.query<ResendRow>(TAKE_RESEND, [input.attemptId, hashSecret(input.secret)]);
  const closed = closedError(row);
  if (closed || !row) throw closed ?? new AttemptNotFound();
  if (!row.resend_at) throw new RateLimited(row.wait_seconds);

  const attemptId = input.attemptId.toLowerCase();
  audit.info({ event: 'otp.resend_requested', attemptId, phone: maskPhone(row.phone) });
  const country = countryOf(row.phone);
  const route = preferring(input.channel, codeSender.routeFor(country));
  const codeMessage = {
    attemptId,
    phone: row.phone,
    country,
    code: deriveCode({ attemptId, phone: row.phone }, config.otp.length, keyring.of(row.key_id).code),
    ttlSeconds: config.otp.ttlSeconds,
    locale: row.locale,
    watched: true,
  };
  const toSomebody = row.expected || config.signUp === 'open';
  const send = toSomebody ? codeSender.send : codeSender.sendDecoy;
  let channel: ChannelName;
  try {
    if (route.length === 0) throw new DomainError('DELIVERY_FAILED');
    const deliveryId = await codeSender.createDelivery(codeMessage, route, !toSomebody);
    bus.publish(attemptId);
    channel = await send(codeMessage, route, deliveryId);
  } catch (error) {
    // Nothing was sent, so nothing is charged: the person may ask again at once. Unless it may have gone out all the same.
    if (error instanceof DomainError && !(error instanceof DeliveryFailed && error.maybeSent)) {
      await database.query(GIVE_BACK_RESEND, [attemptId, row.resend_at]);
      await giveBackSend(row.charged, database);
    }
    throw error;
  } finally {
    bus.publish(attemptId);
  }
  return {
    attemptId,
    secret: input.secret,
    maskedPhone: maskPhone(row.phone),
    channel,
    channels: route,
    expiresAt: row.expires_at,
    resendAt: row.resend_at,
    codeLength: config.otp.length,
  };
}
