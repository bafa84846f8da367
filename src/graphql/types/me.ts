import { builder } from '../builder.js';
import { viewerOf } from '../context.js';
import { InvalidInputType, orFailure, resultUnion } from '../result.js';
import { UserType } from './user.js';
import { updateProfile } from '../../users/profile.js';

builder.queryField('me', (t) =>
  t.field({
    type: UserType,
    nullable: true,
    description:
      'Whose access token it is. An error with the code UNAUTHENTICATED without one, or when its session is over.',
    resolve: async (_, _args, context) => (await viewerOf(context)).user,
  }),
);

const UpdateMeInput = builder.inputType('UpdateMeInput', {
  description: 'What to change; what is left out stays.',
  fields: (t) => ({
    name: t.string({ description: '1 to 100 characters; null for none.' }),
    locale: t.string({ description: 'en, ru, kk, ky or fa; null for none.' }),
  }),
});

const UpdateMeResult = resultUnion('UpdateMeResult', 'The person as they are now, or why not.', UserType, [
  InvalidInputType,
]);

builder.mutationField('updateMe', (t) =>
  t.field({
    type: UpdateMeResult,
    description: 'Changes the caller’s own name and language.',
    args: { input: t.arg({ type: UpdateMeInput, required: true, description: 'What to change.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, input.locale, async () => {
        const { user } = await viewerOf(context);
        return updateProfile({ ...input, userId: user.id, actor: user.id }, context.users);
      }),
  }),
);
