import { cancelLogin } from '../../login/cancel.js';
import { claimLogin } from '../../login/claim.js';
import { builder } from '../builder.js';
import { orFailure, resultUnion } from '../result-union.js';
import { LoginAttemptType } from './login-attempt.js';
import { DEVICE_TOKEN, SessionType, withDevice } from './session.js';

const ClaimLoginInput = builder.inputType('ClaimLoginInput', {
  description: 'The attempt to exchange for its session.',
  fields: (t) => ({
    attemptId: t.id({ required: true, description: 'UUID of the attempt.' }),
    secret: t.string({ required: true, description: 'Secret of the attempt.' }),
    deviceToken: t.string({ description: DEVICE_TOKEN }),
  }),
});

const CancelLoginInput = builder.inputType('CancelLoginInput', {
  description: 'The attempt to end.',
  fields: (t) => ({
    attemptId: t.id({ required: true, description: 'UUID of the attempt.' }),
    secret: t.string({ required: true, description: 'Secret of the attempt.' }),
  }),
});

const ClaimLoginResult = resultUnion({
  name: 'ClaimLoginResult',
  description: 'The session, or why the attempt cannot be claimed.',
  success: SessionType,
  failures: ['ATTEMPT_NOT_FOUND', 'ATTEMPT_NOT_COMPLETED', 'ATTEMPT_CLOSED'],
});

const CancelLoginResult = resultUnion({
  name: 'CancelLoginResult',
  description: 'The canceled attempt, or why it cannot be canceled.',
  success: LoginAttemptType,
  failures: ['ATTEMPT_NOT_FOUND', 'ATTEMPT_CLOSED'],
});

builder.mutationField('claimLogin', (t) =>
  t.field({
    type: ClaimLoginResult,
    auth: 'public',
    description:
      'Exchanges an attempt with the status COMPLETED for its session. A repeat within 60 s, such as after a lost answer, returns the same session. A session that verifyOtp has opened is returned by verifyOtp only, for the same code. An attempt never opens two sessions. Returns AttemptNotCompleted before the phone is proven. Returns AttemptClosed when the attempt failed, expired, was canceled, was claimed more than 60 s ago, or was used by verifyOtp.',
    args: {
      input: t.arg({
        type: ClaimLoginInput,
        required: true,
        description: 'The attempt to claim.',
      }),
    },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        context.cookies.give(await claimLogin(withDevice(input, context), context.login)),
      ),
  }),
);

builder.mutationField('cancelLogin', (t) =>
  t.field({
    type: CancelLoginResult,
    auth: 'public',
    description:
      'Ends an attempt that is not claimed yet. Its code and its QR code stop working. Returns AttemptClosed when the attempt is already over.',
    args: {
      input: t.arg({
        type: CancelLoginInput,
        required: true,
        description: 'The attempt to cancel.',
      }),
    },
    resolve: (_, { input }, context) => orFailure(context, undefined, () => cancelLogin(input, context.login)),
  }),
);
