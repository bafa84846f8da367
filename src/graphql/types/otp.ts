import { type OtpRequested, requestOtp } from '../../login/otp/request.js';
import { resendOtp } from '../../login/otp/resend.js';
import { verifyOtp } from '../../login/otp/verify.js';
import { builder } from '../builder.js';
import { clientOf } from '../context.js';
import {
  AttemptClosedType,
  AttemptNotFound,
  DeliveryFailed,
  IncorrectCodeType,
  InvalidPhoneNumber,
  PhoneNotAllowed,
  RateLimitedType,
  orFailure,
  resultUnion,
} from '../result.js';
import { DeliveryChannelEnum } from './enums.js';
import { ATTEMPT_SECRET } from './login-attempt.js';
import { SessionType } from './session.js';

export const OtpRequestedType = builder.objectRef<OtpRequested>('OtpRequested').implement({
  description: 'A code is on its way.',
  fields: (t) => ({
    attemptId: t.exposeID('attemptId', { description: 'The attempt that was opened.' }),
    secret: t.exposeString('secret', { description: ATTEMPT_SECRET }),
    maskedPhone: t.exposeString('maskedPhone', { description: 'Enough to recognise the number: +7701*****02.' }),
    channel: t.expose('channel', { type: DeliveryChannelEnum, description: 'The channel that took the message.' }),
    channels: t.expose('channels', {
      type: [DeliveryChannelEnum],
      description: 'Every way to this phone, in the order they are tried. resendOtp takes any of them.',
    }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'The code works until then.' }),
    resendAt: t.expose('resendAt', { type: 'DateTime', description: 'resendOtp is possible from then on.' }),
    codeLength: t.exposeInt('codeLength', { description: 'Digits of the code.' }),
  }),
});

export const RequestOtpInput = builder.inputType('RequestOtpInput', {
  description: 'Whom to send a code to.',
  fields: (t) => ({
    phone: t.string({
      required: true,
      description: 'In any spelling: +7 701 000 00 02, 8 701…, 0700…, 00996…, Persian or Arabic digits.',
    }),
    locale: t.string({
      description: 'Language of the message and of errors: en, ru, kk, ky, fa. Otherwise Accept-Language.',
    }),
    channel: t.field({
      type: DeliveryChannelEnum,
      description: 'Try this channel first, if it is one of the ways to this phone.',
    }),
  }),
});

const ResendOtpInput = builder.inputType('ResendOtpInput', {
  description: 'Which code to send again.',
  fields: (t) => ({
    attemptId: t.id({ required: true, description: 'The attempt.' }),
    secret: t.string({ required: true, description: 'Its secret.' }),
    channel: t.field({ type: DeliveryChannelEnum, description: 'Try this channel first.' }),
  }),
});

export const VerifyOtpInput = builder.inputType('VerifyOtpInput', {
  description: 'A guess.',
  fields: (t) => ({
    attemptId: t.id({ required: true, description: 'The attempt.' }),
    secret: t.string({ required: true, description: 'Its secret.' }),
    code: t.string({
      required: true,
      description: 'As the person typed it; Persian and Arabic digits, spaces and dashes are fine.',
    }),
  }),
});

const OTP_FAILURES = [
  InvalidPhoneNumber,
  PhoneNotAllowed,
  RateLimitedType,
  DeliveryFailed,
  AttemptNotFound,
  AttemptClosedType,
];

const RequestOtpResult = resultUnion(
  'RequestOtpResult',
  'A code on its way, or why not.',
  OtpRequestedType,
  OTP_FAILURES,
);

const VerifyOtpResult = resultUnion('VerifyOtpResult', 'The session, or why not.', SessionType, [
  IncorrectCodeType,
  AttemptNotFound,
  AttemptClosedType,
  RateLimitedType,
]);

builder.mutationField('requestOtp', (t) =>
  t.field({
    type: RequestOtpResult,
    description:
      'Sends a one-time code to a phone and opens a login attempt. Known, unknown and blocked phones get the same answer in the same time. At most three attempts of a phone are open at once, and ten codes an hour are sent to it without being used; other clients’ attempts are left alone.',
    args: { input: t.arg({ type: RequestOtpInput, required: true, description: 'Whom to send a code to.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, input.locale, () =>
        requestOtp(
          { phone: input.phone, channel: input.channel ?? undefined, client: clientOf(context, input.locale) },
          context.login,
        ),
      ),
  }),
);

builder.mutationField('resendOtp', (t) =>
  t.field({
    type: RequestOtpResult,
    description:
      'Sends the code of an open attempt again: the same attempt, the same code. RateLimited before resendAt.',
    args: { input: t.arg({ type: ResendOtpInput, required: true, description: 'Which code to send again.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, () => resendOtp({ ...input, channel: input.channel ?? undefined }, context.login)),
  }),
);

builder.mutationField('verifyOtp', (t) =>
  t.field({
    type: VerifyOtpResult,
    description:
      'Exchanges the right code for a session. Five wrong codes close the attempt; ten wrong codes for a phone within an hour, over all attempts, refuse every code for it until the hour is over. If the answer is lost, claimLogin gives the session again for 60 s.',
    args: { input: t.arg({ type: VerifyOtpInput, required: true, description: 'A guess.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () => context.cookies.give(await verifyOtp(input, context.login))),
  }),
);
