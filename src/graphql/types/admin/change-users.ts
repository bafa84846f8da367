import { builder } from '../../builder.js';
import { viewerIdOf } from '../../context.js';
import {
  InvalidInputType,
  InvalidPhoneNumber,
  PhoneTaken,
  UserNotFound,
  orFailure,
  resultUnion,
} from '../../result.js';
import { AdminUserType, UserInput } from './users.js';
import { blockUser } from '../../../admin/block-user.js';
import { resetPhoneLimitsForAdmin } from '../../../admin/reset-phone-limits.js';
import { addUser } from '../../../users/add-user.js';
import { updateProfile } from '../../../users/profile.js';
import { setUserRole } from '../../../users/set-role.js';
import { unblockUser } from '../../../users/unblock-user.js';

/** A mutation of one person, by an admin. */
const changed = (name: string, description: string) =>
  resultUnion(name, description, AdminUserType, [UserNotFound, InvalidInputType]);

const AddUserInput = builder.inputType('AddUserInput', {
  description: 'A person before their first sign-in.',
  fields: (t) => ({
    phone: t.string({ required: true, description: 'In any spelling.' }),
    name: t.string({ description: '1 to 100 characters.' }),
    role: t.string({ description: 'One of the configured roles; the first of them unless said.' }),
    locale: t.string({ description: 'en, ru, kk, ky or fa.' }),
  }),
});

const AddUserResult = resultUnion('AddUserResult', 'The person, or why not.', AdminUserType, [
  InvalidPhoneNumber,
  PhoneTaken,
  InvalidInputType,
]);

builder.mutationField('addUser', (t) =>
  t.field({
    type: AddUserResult,
    authScopes: { admin: true },
    description: 'Adds a person: where sign-up is closed, only those who were added can sign in. For admins.',
    args: { input: t.arg({ type: AddUserInput, required: true, description: 'Whom.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () => addUser({ ...input, actor: await viewerIdOf(context) }, context.users)),
  }),
);

const UpdateUserInput = builder.inputType('UpdateUserInput', {
  description: 'What to change of a person; what is left out stays.',
  fields: (t) => ({
    userId: t.id({ required: true, description: 'Whom.' }),
    name: t.string({ description: '1 to 100 characters; null for none.' }),
    locale: t.string({ description: 'en, ru, kk, ky or fa; null for none.' }),
  }),
});

builder.mutationField('updateUser', (t) =>
  t.field({
    type: changed('UpdateUserResult', 'The person as they are now, or why not.'),
    authScopes: { admin: true },
    description: "Changes a person's name and language. For admins.",
    args: { input: t.arg({ type: UpdateUserInput, required: true, description: 'What to change.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        updateProfile({ ...input, actor: await viewerIdOf(context) }, context.users),
      ),
  }),
);

const SetUserRoleInput = builder.inputType('SetUserRoleInput', {
  description: 'Which role to give to whom.',
  fields: (t) => ({
    userId: t.id({ required: true, description: 'Whom; not oneself.' }),
    role: t.string({ required: true, description: 'One of the configured roles.' }),
  }),
});

builder.mutationField('setUserRole', (t) =>
  t.field({
    type: changed('SetUserRoleResult', 'The person as they are now, or why not.'),
    authScopes: { admin: true },
    description:
      'Gives a person another role. The gateway goes by it at once; access tokens name the earlier one until they run out. For admins.',
    args: { input: t.arg({ type: SetUserRoleInput, required: true, description: 'Which role.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        setUserRole({ ...input, actor: await viewerIdOf(context) }, context.users),
      ),
  }),
);

builder.mutationField('blockUser', (t) =>
  t.field({
    type: changed('BlockUserResult', 'The person as they are now, or why not.'),
    authScopes: { admin: true },
    description: 'Keeps a person out, and ends all their sessions. Not oneself. For admins.',
    args: { input: t.arg({ type: UserInput, required: true, description: 'Whom.' }) },
    resolve: (_, { input: { userId } }, context) =>
      orFailure(context, undefined, async () => blockUser({ userId, actor: await viewerIdOf(context) }, context.admin)),
  }),
);

builder.mutationField('unblockUser', (t) =>
  t.field({
    type: changed('UnblockUserResult', 'The person as they are now, or why not.'),
    authScopes: { admin: true },
    description: 'Lets a person sign in again. For admins.',
    args: { input: t.arg({ type: UserInput, required: true, description: 'Whom.' }) },
    resolve: (_, { input: { userId } }, context) =>
      orFailure(context, undefined, async () =>
        unblockUser({ userId, actor: await viewerIdOf(context) }, context.users),
      ),
  }),
);

const ResetPhoneLimitsInput = builder.inputType('ResetPhoneLimitsInput', {
  description: 'Which phone.',
  fields: (t) => ({ phone: t.string({ required: true, description: 'In any spelling.' }) }),
});

const PhoneLimitsReset = builder.objectRef<{ maskedPhone: string }>('PhoneLimitsReset').implement({
  description: 'The phone may be sent codes, and guessed, as if nothing had been.',
  fields: (t) => ({ maskedPhone: t.exposeString('maskedPhone', { description: 'Which.' }) }),
});

builder.mutationField('resetPhoneLimits', (t) =>
  t.field({
    type: resultUnion('ResetPhoneLimitsResult', 'A fresh start for a phone, or why not.', PhoneLimitsReset, [
      InvalidPhoneNumber,
    ]),
    authScopes: { admin: true },
    description:
      'Forgets the wrong guesses against a phone and the codes sent to it, for somebody who is locked out. For admins.',
    args: { input: t.arg({ type: ResetPhoneLimitsInput, required: true, description: 'Which phone.' }) },
    resolve: (_, { input: { phone } }, context) =>
      orFailure(context, undefined, async () =>
        resetPhoneLimitsForAdmin({ phone, actor: await viewerIdOf(context) }, context.admin),
      ),
  }),
);
