import type { ChannelName } from '../../config/config.js';
import { fixedCodeOf } from '../../config/test-phones.js';
import { withoutAbsentChannels } from '../../delivery/log/absent-channels.js';
import { DomainError } from '../../domain-error.js';
import { networkOf } from '../../guard/networks/networks-of.js';
import { RateLimited } from '../../guard/errors.js';
import { giveBack } from '../../guard/budgets/give-back.js';
import { RESEND_AFTER_SECONDS } from '../../guard/limits.js';
import { localeOfCountry } from '../../locales/locale.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { AttemptClosed, type Client } from '../attempts/attempt.js';
import { createCodeSalt } from '../attempts/attempt-mac.js';
import { failAttempt } from '../attempts/fail-attempt.js';
import type { LoginDeps } from '../create-login.js';
import { codeOf } from './code.js';
import { createOtpAttempt } from './create-attempt.js';
import { isAndroidApp } from './android-app.js';
import { checkIdempotencyKey, hashRequest, secretOf } from './idempotency.js';
import { preferring } from './preferring.js';
import { readAllowedPhone } from './read-allowed-phone.js';
import { type RepeatedRequest, forgetRequest, readRepeatedRequest } from './repeated-request.js';

export interface OtpRequested {
  attemptId: string;
  secret: string;
  maskedPhone: string;
  /** The channel that accepted the message. */
  channel: ChannelName;
  /** Every channel for this phone, in the order in which they are tried. */
  channels: ChannelName[];
  expiresAt: Date;
  resendAt: Date;
  codeLength: number;
}

export interface OtpRequest {
  /** In any spelling: E.164, national, with Persian or Arabic digits. */
  phone: string;
  /** The channel to try first. */
  channel: ChannelName | undefined;
  client: Client;
  /** A random key of the client. A request with the same key and phone sends nothing and returns the same attempt. */
  idempotencyKey?: string | undefined;
  /** From an earlier sign-in of the same client. Ignored when the phone is changed. */
  deviceToken?: string | null | undefined;
  /** The solution of a captcha, if the client has solved one. */
  captcha?: string | null | undefined;
  /** ID of the user who wants this phone as their new one; left out for a sign-in. */
  changeFor?: string;
}

export type RequestOtpDeps = Pick<
  LoginDeps,
  'config' | 'keyring' | 'database' | 'captcha' | 'codeSender' | 'bus' | 'guardEvents' | 'audit' | 'log'
>;

/**
 * Opens an attempt for a phone and sends its code. Unknown, known and blocked phones get the same answer in the same
 * time. Attempts that other clients opened for the phone are not affected.
 *
 * @throws InvalidInput "idempotencyKey"
 * @throws DomainError INVALID_PHONE_NUMBER, PHONE_NOT_ALLOWED, DELIVERY_FAILED
 * @throws AttemptClosed for a repeated request whose attempt waits for its second step, or has had one
 * @throws RateLimited, CaptchaRequired
 */
export async function requestOtp(input: OtpRequest, deps: RequestOtpDeps): Promise<OtpRequested> {
  const { config, keyring, database, captcha, codeSender, audit } = deps;
  const { ttlSeconds } = config.otp;
  checkIdempotencyKey(input.idempotencyKey);
  const phone = readAllowedPhone(input.phone, deps);
  const wholeRoute = preferring(input.channel, codeSender.routeFor(phone.country));
  if (wholeRoute.length === 0) throw new DomainError('DELIVERY_FAILED');
  const route = await withoutAbsentChannels(
    { phone: phone.e164, route: wholeRoute, requested: input.channel },
    { database },
  );
  const locale = input.client.locale ?? localeOfCountry(phone.country);

  // A phone change needs a real code, because it proves that the user has the phone.
  const testPhone = input.changeFor === undefined && fixedCodeOf(phone.e164, config) !== undefined;
  const request = { key: input.idempotencyKey, phone: phone.e164, changeFor: input.changeFor };
  const requestHash = hashRequest(request);
  const answer = { maskedPhone: maskPhone(phone.e164), channels: wholeRoute };
  const answerAgain = (repeats: RepeatedRequest): OtpRequested => {
    const { id, code_salt: salt, key_id: keyId, channel, failure_reason: reason, code_length, ...times } = repeats;
    deps.log.info({ event: 'otp.request_repeated', attemptId: id });
    if (reason === 'UNDELIVERABLE') throw new DomainError('DELIVERY_FAILED');
    const again = secretOf(request, salt, keyring.of(keyId));
    // The second step has given the attempt another salt: its client has the secret, and has shown it with the code.
    if (!again.hash.equals(repeats.secret_hash)) throw new AttemptClosed(repeats.status, reason);
    const codeLength = code_length ?? config.otp.length;
    const { expires_at: expiresAt, resend_at: resendAt } = times;
    return { ...answer, attemptId: id, secret: again.secret, channel, expiresAt, resendAt, codeLength };
  };

  const judged = await captcha.judge({
    token: input.captcha,
    phone: phone.e164,
    network: networkOf(input.client.ip),
  });
  // A user who changes the phone has just signed in.
  if (judged.isDue && input.changeFor === undefined) {
    // A repeat sends nothing, and its captcha was used by the first request.
    const repeats = requestHash && (await readRepeatedRequest({ requestHash }, deps));
    if (repeats) return answerAgain(repeats);
    await judged.demand('captcha_always');
  }

  const codeSalt = createCodeSalt();
  const { secret, hash } = secretOf(request, codeSalt, keyring.current);
  const attempt = await createOtpAttempt(
    {
      phone: phone.e164,
      country: phone.country,
      changeFor: input.changeFor,
      secretHash: hash,
      keys: keyring.current,
      codeSalt,
      requestHash,
      ttlSeconds,
      client: input.client,
      locale,
      route,
      overdueSeconds: (channels) => codeSender.overdueSeconds(phone.country, channels),
      deviceToken: input.deviceToken ?? undefined,
      captcha: judged,
      signUp: config.signUp,
      testPhone,
    },
    { config, database },
  );
  if (attempt.repeats) return answerAgain(attempt.repeats);
  const about = { phone: phone.e164, country: phone.country, attemptId: attempt.id };
  if (attempt.blockedBy !== undefined)
    deps.guardEvents.record({
      rule: attempt.blockedBy,
      action: 'blocked',
      subject: attempt.blockedSubject,
      ...about,
      ip: input.client.ip,
      channel: attempt.route[0],
      until: attempt.blockedUntil,
    });
  audit.info({
    event: 'otp.requested',
    attemptId: attempt.id,
    phone: maskPhone(phone.e164),
    ip: input.client.ip,
    ...(testPhone ? { testPhone } : {}),
  });

  const codeMessage = {
    attemptId: attempt.id,
    phone: phone.e164,
    country: phone.country,
    code: codeOf(
      {
        attemptId: attempt.id,
        phone: phone.e164,
        key_id: keyring.current.id,
        code_salt: codeSalt,
        code_length: attempt.codeLength,
      },
      deps,
    ),
    ttlSeconds,
    locale,
    clientIp: input.client.ip,
    androidApp: isAndroidApp(input.client.userAgent ?? null),
    watched: false,
    testPhone,
  };
  let channel: ChannelName;
  try {
    if (!attempt.withinBudget) {
      await giveBack({ charge: attempt.charge, attemptId: attempt.id, notSent: true }, { database });
      throw new RateLimited(RESEND_AFTER_SECONDS, 'concurrent', about);
    }
    const { deliveryId, charge } = attempt;
    channel = await codeSender.send(codeMessage, attempt.route, { deliveryId, charge, decoy: !attempt.deliver });
  } catch (error) {
    // Any other error comes from the database. The message may have been sent, so the attempt stays open.
    if (!(error instanceof DomainError)) throw error;
    await failAttempt({ attemptId: attempt.id, reason: 'UNDELIVERABLE' }, deps);
    if (input.idempotencyKey !== undefined) await forgetRequest({ attemptId: attempt.id }, { database });
    throw error;
  }
  const { id: attemptId, expiresAt, resendAt, codeLength } = attempt;
  return { ...answer, attemptId, secret, channel, expiresAt, resendAt, codeLength };
}
