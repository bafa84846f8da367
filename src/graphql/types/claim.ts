import { builder } from '../builder.js';
import { AttemptClosedType, AttemptNotCompleted, AttemptNotFound, orFailure, resultUnion } from '../result.js';
import { LoginAttemptType } from './login-attempt.js';
import { SessionType } from './session.js';
import { cancelLogin } from '../../login/cancel.js';
import { claimLogin } from '../../login/claim.js';

const attemptInput = (name: 'ClaimLoginInput' | 'CancelLoginInput', description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      attemptId: t.id({ required: true, description: 'The attempt.' }),
      secret: t.string({ required: true, description: 'Its secret.' }),
    }),
  });

const ClaimLoginResult = resultUnion('ClaimLoginResult', 'The session, or why not.', SessionType, [
  AttemptNotFound,
  AttemptNotCompleted,
  AttemptClosedType,
]);

const CancelLoginResult = resultUnion('CancelLoginResult', 'The attempt, canceled, or why not.', LoginAttemptType, [
  AttemptNotFound,
  AttemptClosedType,
]);

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
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () => context.cookies.give(await claimLogin(input, context.login))),
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
    resolve: (_, { input }, context) => orFailure(context, undefined, () => cancelLogin(input, context.login)),
  }),
);
