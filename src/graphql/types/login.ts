import { chooseLocale } from '../../locales/locale.js';
import type { OtpRequested } from '../../login/otp/request.js';
import type { WhatsAppLogin } from '../../login/whatsapp/start.js';
import { builder } from '../builder.js';
import type { GraphqlContext } from '../context.js';
import {
  AttemptClosedType,
  AttemptNotCompleted,
  AttemptNotFound,
  DeliveryFailed,
  IncorrectCodeType,
  InvalidPhoneNumber,
  MethodUnavailable,
  PhoneNotAllowed,
  RateLimitedType,
  orFailure,
  resultUnion,
} from '../result.js';
import { DeliveryChannelEnum } from './enums.js';
import { LoginAttemptType } from './login-attempt.js';
import { SessionType } from './session.js';

const SECRET = 'Shows that this client started the attempt. Keep it until the session is there; never put it in a URL.';

const OtpRequestedType = builder.objectRef<OtpRequested>('OtpRequested').implement({
  description: 'A code is on its way.',
  fields: (t) => ({
    attemptId: t.exposeID('attemptId', { description: 'The attempt that was opened.' }),
    secret: t.exposeString('secret', { description: SECRET }),
    maskedPhone: t.exposeString('maskedPhone', { description: 'Enough to recognise the number: +7701*****02.' }),
    channel: t.expose('channel', { type: DeliveryChannelEnum, description: 'The channel that took the message.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'The code works until then.' }),
    resendAt: t.expose('resendAt', { type: 'DateTime', description: 'resendOtp is possible from then on.' }),
    codeLength: t.exposeInt('codeLength', { description: 'Digits of the code.' }),
  }),
});

const RequestOtpInput = builder.inputType('RequestOtpInput', {
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

const VerifyOtpInput = builder.inputType('VerifyOtpInput', {
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

const StartWhatsAppLoginInput = builder.inputType('StartWhatsAppLoginInput', {
  description: 'How to speak to the person.',
  fields: (t) => ({
    locale: t.string({ description: 'Language of our WhatsApp messages and of errors: en, ru, kk, ky, fa.' }),
  }),
});

const attemptInput = (name: 'ClaimLoginInput' | 'CancelLoginInput', description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      attemptId: t.id({ required: true, description: 'The attempt.' }),
      secret: t.string({ required: true, description: 'Its secret.' }),
    }),
  });

const WhatsAppLoginType = builder.objectRef<WhatsAppLogin>('WhatsAppLogin').implement({
  description:
    'A login that waits for a WhatsApp message. Show the QR (or, on a phone, the link) and watch loginAttemptStatus.',
  fields: (t) => ({
    attemptId: t.exposeID('attemptId', { description: 'The attempt that was opened. Public: it stands in the QR.' }),
    secret: t.exposeString('secret', { description: SECRET }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'The message must arrive before then.' }),
    loginMessage: t.exposeString('loginMessage', { description: 'What the person sends, unchanged.' }),
    qrPayload: t.exposeString('qrPayload', {
      description:
        'What the QR holds: a wa.me link with the message filled in, or the message itself while our number is not known.',
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
const StartWhatsAppLoginResult = resultUnion(
  'StartWhatsAppLoginResult',
  'A login that waits, or why not.',
  WhatsAppLoginType,
  [RateLimitedType, MethodUnavailable],
);
const ClaimLoginResult = resultUnion('ClaimLoginResult', 'The session, or why not.', SessionType, [
  AttemptNotFound,
  AttemptNotCompleted,
  AttemptClosedType,
]);
const CancelLoginResult = resultUnion('CancelLoginResult', 'The attempt, canceled, or why not.', LoginAttemptType, [
  AttemptNotFound,
  AttemptClosedType,
]);

builder.mutationField('requestOtp', (t) =>
  t.field({
    type: RequestOtpResult,
    description:
      'Sends a one-time code to a phone and opens a login attempt. Known, unknown and blocked phones get the same answer in the same time. At most three attempts of a phone are open at once; other clients’ attempts are left alone.',
    args: { input: t.arg({ type: RequestOtpInput, required: true, description: 'Whom to send a code to.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, input.locale, () =>
        context.gateway.requestOtp({
          phone: input.phone,
          channel: input.channel ?? undefined,
          client: clientOf(context, input.locale),
        }),
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
      orFailure(context, undefined, () => context.gateway.resendOtp({ ...input, channel: input.channel ?? undefined })),
  }),
);

builder.mutationField('verifyOtp', (t) =>
  t.field({
    type: VerifyOtpResult,
    description:
      'Exchanges the right code for a session. Five wrong codes close the attempt; ten wrong codes for a phone within an hour, over all attempts, refuse every code for it until the hour is over. If the answer is lost, claimLogin gives the session again for 60 s.',
    args: { input: t.arg({ type: VerifyOtpInput, required: true, description: 'A guess.' }) },
    resolve: (_, { input }, context) => orFailure(context, undefined, () => context.gateway.verifyOtp(input)),
  }),
);

builder.mutationField('startWhatsAppLogin', (t) =>
  t.field({
    type: StartWhatsAppLoginResult,
    description:
      'Starts a login in which the person sends a pre-filled WhatsApp message. Then watch loginAttemptStatus until COMPLETED, and claimLogin.',
    args: { input: t.arg({ type: StartWhatsAppLoginInput, description: 'How to speak to the person.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, input?.locale, () =>
        context.gateway.startWhatsAppLogin({ client: clientOf(context, input?.locale) }),
      ),
  }),
);

builder.mutationField('claimLogin', (t) =>
  t.field({
    type: ClaimLoginResult,
    description:
      'Exchanges a COMPLETED attempt for its session. Repeated within 60 s it gives the same session again; it never opens a second one.',
    args: {
      input: t.arg({
        type: attemptInput('ClaimLoginInput', 'Which login to claim.'),
        required: true,
        description: 'Which login to claim.',
      }),
    },
    resolve: (_, { input }, context) => orFailure(context, undefined, () => context.gateway.claimLogin(input)),
  }),
);

builder.mutationField('cancelLogin', (t) =>
  t.field({
    type: CancelLoginResult,
    description: 'Ends an attempt that is not claimed yet. Its code and its QR are worth nothing from then on.',
    args: {
      input: t.arg({
        type: attemptInput('CancelLoginInput', 'Which login to cancel.'),
        required: true,
        description: 'Which login to cancel.',
      }),
    },
    resolve: (_, { input }, context) => orFailure(context, undefined, () => context.gateway.cancelLogin(input)),
  }),
);

function clientOf({ client }: GraphqlContext, locale: string | null | undefined) {
  return { ...client, locale: chooseLocale(locale, client.locale) };
}
