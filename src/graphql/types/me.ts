import { updateProfile } from '../../users/update-profile.js';
import { builder } from '../builder.js';
import { viewerOf } from '../auth/caller.js';
import { orFailure, resultUnion } from '../result-union.js';
import { UserType } from './user.js';

builder.queryField('me', (t) =>
  t.field({
    type: UserType,
    auth: 'user',
    nullable: true,
    description:
      'The user who is signed in. Null with the error code UNAUTHENTICATED when the access token is missing or not valid, or its session has ended.',
    resolve: async (_, _args, context) => (await viewerOf(context)).user,
  }),
);

const UpdateMeInput = builder.inputType('UpdateMeInput', {
  description: 'The fields to change. A field that is left out keeps its value.',
  fields: (t) => ({
    name: t.string({ description: 'New name, 1 to 100 characters; null removes it.' }),
    locale: t.string({ description: 'New language: en, ru, kk, ky or fa; null removes it.' }),
  }),
});

const UpdateMeResult = resultUnion({
  name: 'UpdateMeResult',
  description: 'The user after the change, or why nothing was changed.',
  success: UserType,
  failures: ['INVALID_INPUT'],
});

builder.mutationField('updateMe', (t) =>
  t.field({
    type: UpdateMeResult,
    auth: 'gateway',
    description:
      'Changes the name and the language of the user who is signed in. Fails with the error code UNAUTHENTICATED without a valid token.',
    args: { input: t.arg({ type: UpdateMeInput, required: true, description: 'The fields to change.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, input.locale, async () => {
        const { user } = await viewerOf(context);
        return updateProfile({ ...input, userId: user.id, actor: user.id }, context.users);
      }),
  }),
);
