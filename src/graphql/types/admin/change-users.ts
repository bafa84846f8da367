import { deleteUser } from '../../../account/delete-user.js';
import type { Erased } from '../../../account/erase-user.js';
import { blockUser } from '../../../admin/block-user.js';
import { resetPhoneLimits } from '../../../admin/reset-phone-limits.js';
import { addUser } from '../../../users/add-user.js';
import { updateProfile } from '../../../users/update-profile.js';
import { setUserPhone } from '../../../admin/set-user-phone.js';
import { setUserRole } from '../../../users/set-role.js';
import { unblockUser } from '../../../users/unblock-user.js';
import { builder } from '../../builder.js';
import { viewerIdOf } from '../../auth/caller.js';
import { orFailure, resultUnion } from '../../result-union.js';
import { AdminUserType, USER_ID, UserInput, withUuid } from './users.js';

/** The result of a mutation that changes one user. */
const changedUser = (name: string) =>
  resultUnion({
    name,
    description: 'The user after the change, or why nothing was changed.',
    success: AdminUserType,
    failures: ['USER_NOT_FOUND', 'INVALID_INPUT'],
  });

const AddUserInput = builder.inputType('AddUserInput', {
  description: 'A user to add before their first sign-in.',
  fields: (t) => ({
    phone: t.string({ required: true, description: 'Phone number in any spelling.' }),
    name: t.string({ description: 'Name, 1 to 100 characters.' }),
    role: t.string({ description: 'One of the roles in ROLES. Default: the first one.' }),
    locale: t.string({ description: 'Language of messages to the user: en, ru, kk, ky or fa.' }),
  }),
});

const AddUserResult = resultUnion({
  name: 'AddUserResult',
  description: 'The new user, or why none was added.',
  success: AdminUserType,
  failures: ['INVALID_PHONE_NUMBER', 'PHONE_TAKEN', 'INVALID_INPUT'],
});

builder.mutationField('addUser', (t) =>
  t.field({
    type: AddUserResult,
    auth: 'admin',
    description:
      'Adds a user. With SIGN_UP=closed, only users who were added can sign in. For admins; other users get FORBIDDEN.',
    args: { input: t.arg({ type: AddUserInput, required: true, description: 'The user to add.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () => addUser({ ...input, actor: await viewerIdOf(context) }, context.users)),
  }),
);

const UpdateUserInput = builder.inputType('UpdateUserInput', {
  description: 'A user and the fields to change. A field that is left out keeps its value.',
  fields: (t) => ({
    userId: t.id({ required: true, description: USER_ID }),
    name: t.string({ description: 'New name, 1 to 100 characters; null removes it.' }),
    locale: t.string({ description: 'New language: en, ru, kk, ky or fa; null removes it.' }),
  }),
});

builder.mutationField('updateUser', (t) =>
  t.field({
    type: changedUser('UpdateUserResult'),
    auth: 'admin',
    description: 'Changes the name and the language of a user. For admins; other users get FORBIDDEN.',
    args: {
      input: t.arg({ type: UpdateUserInput, required: true, description: 'The user and the fields to change.' }),
    },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        updateProfile({ ...withUuid(input), actor: await viewerIdOf(context) }, context.users),
      ),
  }),
);

const SetUserRoleInput = builder.inputType('SetUserRoleInput', {
  description: 'A user and the role to give.',
  fields: (t) => ({
    userId: t.id({
      required: true,
      description: `${USER_ID} An admin cannot change their own role, nor give a role above the first one to a user to whom an admin or the operator gave a phone within 30 days: the result is InvalidInput.`,
    }),
    role: t.string({ required: true, description: 'One of the roles in ROLES.' }),
  }),
});

builder.mutationField('setUserRole', (t) =>
  t.field({
    type: changedUser('SetUserRoleResult'),
    auth: 'admin',
    description:
      'Gives a user another role. All sessions of the user end and their devices are forgotten, so the user signs in again. Backends accept access tokens with the previous role until they expire. For admins; other users get FORBIDDEN.',
    args: { input: t.arg({ type: SetUserRoleInput, required: true, description: 'The user and the new role.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        setUserRole({ ...withUuid(input), actor: await viewerIdOf(context) }, context.admin),
      ),
  }),
);

const SetUserPhoneInput = builder.inputType('SetUserPhoneInput', {
  description: 'A user and the phone to give.',
  fields: (t) => ({
    userId: t.id({
      required: true,
      description: `${USER_ID} An admin cannot change their own phone here, nor that of a user who has a role above the first one or had one within 30 days: the result is InvalidInput.`,
    }),
    phone: t.string({ required: true, description: 'Phone number in any spelling.' }),
  }),
});

const SetUserPhoneResult = resultUnion({
  name: 'SetUserPhoneResult',
  description: 'The user after the change, or why nothing was changed.',
  success: AdminUserType,
  failures: ['USER_NOT_FOUND', 'INVALID_PHONE_NUMBER', 'PHONE_TAKEN', 'INVALID_INPUT'],
});

builder.mutationField('setUserPhone', (t) =>
  t.field({
    type: SetUserPhoneResult,
    auth: 'admin',
    description:
      'Gives a user another phone without a code, such as a user who has lost the old number. First check who they are: whoever receives the messages of the phone signs in as the user. All sessions of the user end, their devices are forgotten, and the old phone gets a notification. A block stays. For admins; other users get FORBIDDEN.',
    args: { input: t.arg({ type: SetUserPhoneInput, required: true, description: 'The user and the new phone.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        setUserPhone({ ...withUuid(input), actor: await viewerIdOf(context) }, context.admin),
      ),
  }),
);

builder.mutationField('blockUser', (t) =>
  t.field({
    type: changedUser('BlockUserResult'),
    auth: 'admin',
    description:
      'Blocks a user: the user cannot sign in, and all sessions of the user end. An admin who blocks themselves gets InvalidInput. For admins; other users get FORBIDDEN.',
    args: { input: t.arg({ type: UserInput, required: true, description: 'The user to block.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        blockUser({ ...withUuid(input), actor: await viewerIdOf(context) }, context.admin),
      ),
  }),
);

builder.mutationField('unblockUser', (t) =>
  t.field({
    type: changedUser('UnblockUserResult'),
    auth: 'admin',
    description:
      'Lets a blocked user sign in again. Sessions that ended stay ended. For admins; other users get FORBIDDEN.',
    args: { input: t.arg({ type: UserInput, required: true, description: 'The user to unblock.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        unblockUser({ ...withUuid(input), actor: await viewerIdOf(context) }, context.users),
      ),
  }),
);

const UserDeleted = builder.objectRef<Erased>('UserDeleted').implement({
  description: 'The user was erased: no table names the user any more, except the audit log. All sessions have ended.',
  fields: (t) => ({
    userId: t.exposeID('userId', { description: 'UUID of the user who was erased.' }),
    blockKept: t.exposeBoolean('blockKept', {
      description:
        'Whether the phone and the block stay, because the user was blocked. Unblock the user first to erase these too.',
    }),
  }),
});

const DeleteUserResult = resultUnion({
  name: 'DeleteUserResult',
  description: 'The user who was erased, or why nobody was.',
  success: UserDeleted,
  failures: ['USER_NOT_FOUND', 'INVALID_INPUT', 'LAST_ADMIN'],
});

builder.mutationField('deleteUser', (t) =>
  t.field({
    type: DeleteUserResult,
    auth: 'admin',
    description:
      'Erases a user, and ends all sessions of the user. This cannot be undone. Admins who want to erase themselves call deleteMe: here they get InvalidInput. For admins; other users get FORBIDDEN.',
    args: { input: t.arg({ type: UserInput, required: true, description: 'The user to erase.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        deleteUser({ ...withUuid(input), actor: await viewerIdOf(context) }, context.account),
      ),
  }),
);

const ResetPhoneLimitsInput = builder.inputType('ResetPhoneLimitsInput', {
  description: 'The phone whose limits to reset.',
  fields: (t) => ({ phone: t.string({ required: true, description: 'Phone number in any spelling.' }) }),
});

const PhoneLimitsReset = builder.objectRef<{ maskedPhone: string }>('PhoneLimitsReset').implement({
  description: 'The counters of the phone were set to zero.',
  fields: (t) => ({ maskedPhone: t.exposeString('maskedPhone', { description: 'Masked phone number.' }) }),
});

const ResetPhoneLimitsResult = resultUnion({
  name: 'ResetPhoneLimitsResult',
  description: 'The phone whose limits were reset, or why they were not.',
  success: PhoneLimitsReset,
  failures: ['INVALID_PHONE_NUMBER'],
});

builder.mutationField('resetPhoneLimits', (t) =>
  t.field({
    type: ResetPhoneLimitsResult,
    auth: 'admin',
    description:
      'Sets the counters of wrong codes and of sent codes of a phone to zero, for a user who is locked out. For admins; other users get FORBIDDEN.',
    args: { input: t.arg({ type: ResetPhoneLimitsInput, required: true, description: 'The phone to reset.' }) },
    resolve: (_, { input: { phone } }, context) =>
      orFailure(context, undefined, async () =>
        resetPhoneLimits({ phone, actor: await viewerIdOf(context) }, context.admin),
      ),
  }),
);
