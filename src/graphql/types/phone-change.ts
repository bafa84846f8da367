import { confirmPhoneChange } from '../../login/otp/confirm-phone-change.js';
import { requestPhoneChange } from '../../login/otp/request-phone-change.js';
import { builder } from '../builder.js';
import { viewerOf } from '../auth/caller.js';
import { clientOf } from '../context.js';
import { orFailure, resultUnion } from '../result-union.js';
import { OtpRequestedType, RequestOtpInput, VerifyOtpInput } from './otp.js';
import { UserType } from './user.js';

const RequestPhoneChangeResult = resultUnion({
  name: 'RequestPhoneChangeResult',
  description: 'The attempt whose code is on its way to the new phone, or why no code was sent.',
  success: OtpRequestedType,
  failures: [
    'FRESH_SIGN_IN_REQUIRED',
    'DEVICE_TOO_NEW',
    'INVALID_INPUT',
    'INVALID_PHONE_NUMBER',
    'PHONE_NOT_ALLOWED',
    'CAPTCHA_REQUIRED',
    'RATE_LIMITED',
    'DELIVERY_FAILED',
  ],
});

builder.mutationField('requestPhoneChange', (t) =>
  t.field({
    type: RequestPhoneChangeResult,
    auth: 'fresh',
    description:
      'Sends a code to the new phone of the user who is signed in. Returns FreshSignInRequired when the sign-in was more than ten minutes ago, and DeviceTooNew when the user first signed in on this device less than 24 hours ago and has older devices. It has the limits of requestOtp for a client without a known device: returns CaptchaRequired when the client must solve a captcha first. resendOtp and loginAttemptStatus work with this attempt too. Fails with the error code UNAUTHENTICATED without a valid token.',
    args: { input: t.arg({ type: RequestOtpInput, required: true, description: 'The new phone number.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, input.locale, async () => {
        const viewer = await viewerOf(context);
        const request = {
          viewer,
          phone: input.phone,
          channel: input.channel ?? undefined,
          client: clientOf(context, input.locale),
          idempotencyKey: input.idempotencyKey ?? undefined,
          captcha: input.captcha,
        };
        return requestPhoneChange(request, context.login);
      }),
  }),
);

const ConfirmPhoneChangeResult = resultUnion({
  name: 'ConfirmPhoneChangeResult',
  description: 'The user with the new phone, or why the phone was not changed.',
  success: UserType,
  failures: ['INCORRECT_CODE', 'PHONE_TAKEN', 'DEVICE_TOO_NEW', 'ATTEMPT_NOT_FOUND', 'ATTEMPT_CLOSED', 'RATE_LIMITED'],
});

builder.mutationField('confirmPhoneChange', (t) =>
  t.field({
    type: ConfirmPhoneChangeResult,
    auth: 'gateway',
    description:
      'Changes the phone of the signed-in user to the phone that received the code. The previous phone gets a message, and every other session of the user ends. Refresh the session afterwards, because access tokens carry the previous phone until they expire. Returns PhoneTaken when the phone belongs to another user. Fails with the error code UNAUTHENTICATED without a valid token.',
    args: { input: t.arg({ type: VerifyOtpInput, required: true, description: 'The attempt and the code.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        confirmPhoneChange({ ...input, ip: context.client.ip, viewer: await viewerOf(context) }, context.login),
      ),
  }),
);
