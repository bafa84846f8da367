import type { CountryCode } from 'libphonenumber-js/max';
import type { ChannelName } from '../../config/config.js';
import { DomainError } from '../../domain-error.js';
import { DeliveryFailed } from '../../delivery/send/send-code.js';
import { localeOfCountry } from '../../locales/locale.js';
import { RateLimited } from '../../guard/errors.js';
import { RESEND_AFTER_SECONDS } from '../../guard/limits.js';
import { giveBackSend } from '../../guard/send-budgets.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { parsePhone } from '../../phone/parse-phone.js';
import { type Client, createSecret } from '../attempts/attempt.js';
import { failAttempt } from '../attempts/fail-attempt.js';
import type { LoginDeps } from '../deps.js';
import { deriveCode } from './code.js';
import { createOtpAttempt } from './create-attempt.js';

export interface OtpRequested {
  attemptId: string;
  secret: string;
  maskedPhone: string;
  channel: ChannelName;
  /** Every way to this phone, in the order they are tried. */
  channels: ChannelName[];
  expiresAt: Date;
  resendAt: Date;
  codeLength: number;
}

/**
 * Opens an attempt for a phone, however it is written, and sends its code. A stranger, a known and a blocked person get
 * the same answer in the same time. Attempts that other clients opened for the phone are left alone.
 *
 * @throws DomainError INVALID_PHONE_NUMBER, PHONE_NOT_ALLOWED, DELIVERY_FAILED
 * @throws RateLimited
 */
export async function requestOtp(
  input: {
    phone: string;
    channel: ChannelName | undefined;
    client: Client;
    /** Whose new phone it is to be, by their id; none for a sign-in. */
    changeFor?: string;
  },
  deps: LoginDeps,
): Promise<OtpRequested> {
  const { config, keyring, database, codeSender, audit } = deps;
  const { ttlSeconds, length } = config.otp;
  const phone = readAllowedPhone(input.phone, config.defaultCountries, config.allowedCountries);
  const route = preferring(input.channel, codeSender.routeFor(phone.country));
  if (route.length === 0) throw new DomainError('DELIVERY_FAILED');
  const locale = input.client.locale ?? localeOfCountry(phone.country);

  const { secret, hash } = createSecret();
  const attempt = await createOtpAttempt(
    {
      phone: phone.e164,
      country: phone.country,
      changeFor: input.changeFor,
      secretHash: hash,
      keyId: keyring.current.id,
      ttlSeconds,
      client: input.client,
      locale,
      route,
      overdueSeconds: codeSender.overdueSeconds(phone.country, route),
      signUp: config.signUp,
    },
    database,
  );
  audit.info({ event: 'otp.requested', attemptId: attempt.id, phone: maskPhone(phone.e164), ip: input.client.ip });

  const codeMessage = {
    attemptId: attempt.id,
    phone: phone.e164,
    country: phone.country,
    code: deriveCode({ attemptId: attempt.id, phone: phone.e164 }, length, keyring.current.code),
    ttlSeconds,
    locale,
    watched: false,
  };
  const send = attempt.deliver ? codeSender.send : codeSender.sendDecoy;
  let channel: ChannelName;
  try {
    if (!attempt.mayCauseSend) throw new RateLimited(RESEND_AFTER_SECONDS);
    channel = await send(codeMessage, route, attempt.deliveryId);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error; // the database went away, perhaps after it was sent
    // The phone's place is free again at once. What may have gone out all the same is charged: it may have cost something.
    await failAttempt(attempt.id, 'UNDELIVERABLE', deps);
    if (!(error instanceof DeliveryFailed && error.maybeSent)) await giveBackSend(attempt.charged, database);
    throw error;
  }
  return {
    attemptId: attempt.id,
    secret,
    maskedPhone: maskPhone(phone.e164),
    channel,
    channels: route,
    expiresAt: attempt.expiresAt,
    resendAt: attempt.resendAt,
    codeLength: length,
  };
}

/** The person's wish goes first where it is one of the ways to this phone; the rest stays as it was. */
export function preferring(channel: ChannelName | undefined, route: ChannelName[]): ChannelName[] {
  return channel && route.includes(channel) ? [channel, ...route.filter((name) => name !== channel)] : route;
}

function readAllowedPhone(
  input: string,
  countries: readonly CountryCode[],
  allowed: readonly CountryCode[] | undefined,
) {
  const phone = parsePhone(input, countries);
  if (phone === 'invalid') throw new DomainError('INVALID_PHONE_NUMBER');
  if (phone === 'cannot-receive') throw new DomainError('PHONE_NOT_ALLOWED');
  if (allowed && !(phone.country && allowed.includes(phone.country))) throw new DomainError('PHONE_NOT_ALLOWED');
  return phone;
}
