import { publicChannel, publicChannels } from '../../delivery/channels/channel-list.js';
import { type OtpRequested, requestOtp } from '../../login/otp/request.js';
import { resendOtp } from '../../login/otp/resend.js';
import { verifyOtp } from '../../login/otp/verify.js';
import { builder } from '../builder.js';
import { clientOf } from '../context.js';
import { orFailure, resultUnion } from '../result-union.js';
import { CAPTCHA } from './captcha.js';
import { DeliveryChannelEnum } from './enums.js';
import { ATTEMPT_SECRET } from './login-attempt.js';
import { DEVICE_TOKEN, SessionType, withDevice } from './session.js';

export const OtpRequestedType = builder.objectRef<OtpRequested>('OtpRequested').implement({
  description: 'A login attempt whose code is on its way to the phone.',
  fields: (t) => ({
    attemptId: t.exposeID('attemptId', { description: 'UUID of the attempt.' }),
    secret: t.exposeString('secret', { description: ATTEMPT_SECRET }),
    maskedPhone: t.exposeString('maskedPhone', {
      description: 'The phone number with digits hidden, enough for the user to recognize it: +7701*****02.',
    }),
    channel: t.field({
      type: DeliveryChannelEnum,
      description: 'Channel that accepted the message.',
      resolve: ({ channel }) => publicChannel(channel),
    }),
    channels: t.field({
      type: [DeliveryChannelEnum],
      description:
        'All channels to this phone, in the order in which they are tried. resendOtp accepts any of them, and leaves out those that have reported for this attempt that the phone is not on them.',
      resolve: ({ channels }) => publicChannels(channels),
    }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When the code expires.' }),
    resendAt: t.expose('resendAt', {
      type: 'DateTime',
      description: 'Time from which resendOtp is possible. Before it, resendOtp returns RateLimited.',
    }),
    codeLength: t.exposeInt('codeLength', {
      description:
        'Number of digits of the code. It differs from code to code: codes are longer while a phone is under attack.',
    }),
  }),
});

export const RequestOtpInput = builder.inputType('RequestOtpInput', {
  description: 'The phone number to send a code to. requestPhoneChange ignores deviceToken.',
  fields: (t) => ({
    phone: t.string({
      required: true,
      description:
        'Phone number in any spelling: +7 701 000 00 02, 8 701…, 0700…, 00996…, with Persian or Arabic digits.',
    }),
    locale: t.string({
      description: 'Language of the message and of errors: en, ru, kk, ky or fa. Default: from Accept-Language.',
    }),
    channel: t.field({
      type: DeliveryChannelEnum,
      description: 'Channel to try first. Ignored if the route of the phone does not contain it.',
    }),
    idempotencyKey: t.string({
      description:
        'A new random text for each request, such as a UUID. If the answer is lost, repeat the request with the same key and phone: it sends nothing and returns the same attempt with its secret, until the attempt expires. After the right code of an attempt with a second step it returns AttemptClosed. 32 to 128 letters, digits, dashes and underscores. Keep it secret.',
    }),
    deviceToken: t.string({
      description: `${DEVICE_TOKEN} A client that has signed in with this phone before has limits of its own.`,
    }),
    captcha: t.string({ description: CAPTCHA }),
  }),
});

const ResendOtpInput = builder.inputType('ResendOtpInput', {
  description: 'The attempt whose code to send again.',
  fields: (t) => ({
    attemptId: t.id({ required: true, description: 'UUID of the attempt.' }),
    secret: t.string({ required: true, description: 'Secret of the attempt.' }),
    channel: t.field({
      type: DeliveryChannelEnum,
      description: 'Channel to try first. Ignored if the route of the phone does not contain it.',
    }),
  }),
});

export const VerifyOtpInput = builder.inputType('VerifyOtpInput', {
  description: 'An attempt and the code that the user typed. confirmPhoneChange ignores deviceToken and captcha.',
  fields: (t) => ({
    attemptId: t.id({ required: true, description: 'UUID of the attempt.' }),
    secret: t.string({ required: true, description: 'Secret of the attempt.' }),
    code: t.string({
      required: true,
      description: 'The code as the user typed it. Persian and Arabic digits, spaces and dashes are accepted.',
    }),
    deviceToken: t.string({ description: DEVICE_TOKEN }),
    captcha: t.string({ description: CAPTCHA }),
  }),
});

const RequestOtpResult = resultUnion({
  name: 'RequestOtpResult',
  description:
    'The attempt whose code is on its way, or why no code was sent. Only requestOtp returns CaptchaRequired. Only resendOtp returns AttemptNotFound. requestOtp returns AttemptClosed only for a repeated request.',
  success: OtpRequestedType,
  failures: [
    'INVALID_INPUT',
    'INVALID_PHONE_NUMBER',
    'PHONE_NOT_ALLOWED',
    'RATE_LIMITED',
    'CAPTCHA_REQUIRED',
    'DELIVERY_FAILED',
    'ATTEMPT_NOT_FOUND',
    'ATTEMPT_CLOSED',
  ],
});

const VerifyOtpResult = resultUnion({
  name: 'VerifyOtpResult',
  description: 'The session, or why none was opened.',
  success: SessionType,
  failures: [
    'INCORRECT_CODE',
    'CONFIRMATION_REQUIRED',
    'ATTEMPT_NOT_FOUND',
    'ATTEMPT_CLOSED',
    'RATE_LIMITED',
    'CAPTCHA_REQUIRED',
  ],
});

builder.mutationField('requestOtp', (t) =>
  t.field({
    type: RequestOtpResult,
    auth: 'public',
    description:
      'Sends a one-time code to a phone and opens a login attempt. Known, unknown and blocked phones get the same answer in the same time. Attempts of other clients are not affected. Devices that have signed in with the phone before have limits of their own, which other clients cannot use up: send the deviceToken. When other clients have three open attempts for the phone, the next ones get CaptchaRequired: after a captcha there are three more, and one more in each network (a /24 of IPv4, a /48 of IPv6). The devices have three of their own. Returns RateLimited after ten wrong codes on a device within an hour, or 30 within a day. Other clients get CaptchaRequired after five wrong codes for the phone from their network within an hour, or ten within a day, and RateLimited after five times as many; and CaptchaRequired after ten wrong codes of all of them for the phone within an hour, or 30 within a day. With CAPTCHA=off, they get RateLimited in place of CaptchaRequired. Also returns RateLimited after too many messages, used or not: see the limits in the documentation. Returns CaptchaRequired whenever the client must solve a captcha first. Returns InvalidInput when the idempotencyKey is not allowed.',
    args: {
      input: t.arg({ type: RequestOtpInput, required: true, description: 'The phone number to send a code to.' }),
    },
    resolve: (_, { input }, context) =>
      orFailure(context, input.locale, () =>
        requestOtp(
          {
            phone: input.phone,
            channel: input.channel ?? undefined,
            client: clientOf(context, input.locale),
            idempotencyKey: input.idempotencyKey ?? undefined,
            deviceToken: withDevice(input, context).deviceToken,
            captcha: input.captcha,
          },
          context.login,
        ),
      ),
  }),
);

builder.mutationField('resendOtp', (t) =>
  t.field({
    type: RequestOtpResult,
    auth: 'public',
    description:
      'Sends the code of an open attempt again. The attempt and the code stay the same. Returns RateLimited before resendAt, and after too many messages to the phone or from the network of the client, used or not: see the limits in the documentation.',
    args: { input: t.arg({ type: ResendOtpInput, required: true, description: 'The attempt to send again.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, () => resendOtp({ ...input, channel: input.channel ?? undefined }, context.login)),
  }),
);

builder.mutationField('verifyOtp', (t) =>
  t.field({
    type: VerifyOtpResult,
    auth: 'public',
    description:
      'Exchanges the right code for a session. A wrong code returns IncorrectCode. A right code returns ConfirmationRequired if the user has a role above the first one of ROLES, and signs in on a device for the first time, or has not signed in for 90 days: the attempt is then CONFIRMING, and claimLogin opens the session after it is COMPLETED. After OTP_MAX_TRIES wrong codes (default 5) the attempt is closed. While an attempt is open, its code is checked, whatever other clients have entered for the phone. Returns RateLimited without a check after too many wrong codes from the network of the client, for any phones. While most codes of the whole service are wrong, returns CaptchaRequired without a check (RateLimited with CAPTCHA=off), except on devices that have signed in with the phone before. If the answer is lost, send the same code again: for 60 s it returns the same session.',
    args: { input: t.arg({ type: VerifyOtpInput, required: true, description: 'The attempt and the code.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        context.cookies.give(await verifyOtp({ ...withDevice(input, context), ip: context.client.ip }, context.login)),
      ),
  }),
);
