import { builder } from '../builder.js';
import { clientOf, viewerOf } from '../context.js';
import {
  AttemptClosedType,
  AttemptNotFound,
  DeliveryFailed,
  FreshSignInRequired,
  IncorrectCodeType,
  InvalidPhoneNumber,
  PhoneNotAllowed,
  PhoneTaken,
  RateLimitedType,
  orFailure,
  resultUnion,
} from '../result.js';
import { OtpRequestedType, RequestOtpInput, VerifyOtpInput } from './otp.js';
import { UserType } from './user.js';
import { confirmPhoneChange } from '../../login/otp/confirm-phone-change.js';
import { requestPhoneChange } from '../../login/otp/request-phone-change.js';

const RequestPhoneChangeResult = resultUnion(
  'RequestPhoneChangeResult',
  'A code on its way to the new phone, or why not.',
  OtpRequestedType,
  [FreshSignInRequired, InvalidPhoneNumber, PhoneNotAllowed, RateLimitedType, DeliveryFailed],
);

builder.mutationField('requestPhoneChange', (t) =>
  t.field({
    type: RequestPhoneChangeResult,
    description:
      'Sends a code to the phone that the caller wants to have from now on; resendOtp and loginAttemptStatus serve it too. Only within ten minutes of a sign-in.',
    args: { input: t.arg({ type: RequestOtpInput, required: true, description: 'The new phone.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, input.locale, async () => {
        const viewer = await viewerOf(context);
        const request = {
          viewer,
          phone: input.phone,
          channel: input.channel ?? undefined,
          client: clientOf(context, input.locale),
        };
        return requestPhoneChange(request, context.login);
      }),
  }),
);

const ConfirmPhoneChangeResult = resultUnion(
  'ConfirmPhoneChangeResult',
  'The person with the new phone, or why not.',
  UserType,
  [IncorrectCodeType, PhoneTaken, AttemptNotFound, AttemptClosedType, RateLimitedType],
);

builder.mutationField('confirmPhoneChange', (t) =>
  t.field({
    type: ConfirmPhoneChangeResult,
    description:
      'Gives the caller the phone whose code it shows. The old phone is told, and every other session of the person ends. Refresh then: access tokens name the old phone until they run out.',
    args: { input: t.arg({ type: VerifyOtpInput, required: true, description: 'A guess.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        confirmPhoneChange({ ...input, viewer: await viewerOf(context) }, context.login),
      ),
  }),
);
