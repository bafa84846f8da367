import type { UserRecord } from '../../../users/search.js';
import { builder } from '../../builder.js';
import { viewerOf } from '../../context.js';
import {
  InvalidInputType,
  InvalidPhoneNumber,
  PhoneTaken,
  SessionNotFound,
  UserNotFound,
  orFailure,
  resultUnion,
} from '../../result.js';
import { SessionInfoType, SessionRevoked } from '../me.js';
import { pageOfIds } from './page.js';

const AdminUserType = builder.objectRef<UserRecord>('AdminUser').implement({
  description: 'A person, as an admin sees them.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'A UUID.' }),
    phone: t.exposeString('phone', { description: 'E.164, with +.' }),
    name: t.exposeString('name', { nullable: true, description: 'As the person, an admin or an import gave it.' }),
    role: t.exposeString('role', { description: 'One of the configured roles.' }),
    locale: t.exposeString('locale', { nullable: true, description: 'Language of messages.' }),
    blocked: t.exposeBoolean('blocked', { description: 'Whether they are kept out; told only after a proof.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'First sign-in, or import.' }),
    lastLoginAt: t.expose('lastLoginAt', { type: 'DateTime', nullable: true, description: 'The latest sign-in.' }),
    sessions: t.field({
      type: [SessionInfoType],
      description: 'Their open sessions, the one seen last first; 200 at most.',
      resolve: async ({ id }, _args, context) =>
        context.gateway.admin.sessionsOf(id, (await viewerOf(context)).user.id),
    }),
  }),
});

builder.queryField('users', (t) =>
  t.connection(
    {
      type: AdminUserType,
      authScopes: { admin: true },
      description: 'People, the newest first. For admins; leaves an audit row.',
      args: {
        search: t.arg.string({
          description: 'A phone in any spelling, a part of one (from three digits on), or a part of a name.',
        }),
        role: t.arg.string({ description: 'Only with this role.' }),
        blocked: t.arg.boolean({ description: 'Only those who are blocked, or who are not.' }),
      },
      resolve: async (_, args, context) => {
        const by = (await viewerOf(context)).user.id;
        const { search, role, blocked } = args;
        return pageOfIds(args, (page) => context.gateway.admin.users({ search, role, blocked }, page, by));
      },
    },
    { name: 'AdminUserConnection', description: 'A page of people.' },
    { name: 'AdminUserEdge', description: 'A person in a page.' },
  ),
);

builder.queryField('user', (t) =>
  t.field({
    type: AdminUserType,
    nullable: true,
    authScopes: { admin: true },
    description: 'A person by id; null when there is none. For admins; leaves an audit row.',
    args: { id: t.arg.id({ required: true, description: 'A UUID.' }) },
    resolve: async (_, { id }, context) =>
      (await context.gateway.admin.user(id, (await viewerOf(context)).user.id)) ?? null,
  }),
);

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
      orFailure(context, undefined, async () =>
        context.gateway.admin.addUser(input, (await viewerOf(context)).user.id),
      ),
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
    resolve: (_, { input: { userId, ...change } }, context) =>
      orFailure(context, undefined, async () =>
        context.gateway.admin.updateUser(userId, change, (await viewerOf(context)).user.id),
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
    resolve: (_, { input: { userId, role } }, context) =>
      orFailure(context, undefined, async () =>
        context.gateway.admin.setRole(userId, role, (await viewerOf(context)).user.id),
      ),
  }),
);

const UserInput = builder.inputType('UserInput', {
  description: 'Whom it is about.',
  fields: (t) => ({ userId: t.id({ required: true, description: 'A UUID.' }) }),
});

builder.mutationField('blockUser', (t) =>
  t.field({
    type: changed('BlockUserResult', 'The person as they are now, or why not.'),
    authScopes: { admin: true },
    description: 'Keeps a person out, and ends all their sessions. Not oneself. For admins.',
    args: { input: t.arg({ type: UserInput, required: true, description: 'Whom.' }) },
    resolve: (_, { input: { userId } }, context) =>
      orFailure(context, undefined, async () => context.gateway.admin.block(userId, (await viewerOf(context)).user.id)),
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
        context.gateway.admin.unblock(userId, (await viewerOf(context)).user.id),
      ),
  }),
);

const RevokeUserSessionInput = builder.inputType('RevokeUserSessionInput', {
  description: 'Which session to end.',
  fields: (t) => ({ sessionId: t.id({ required: true, description: "Anybody's." }) }),
});

builder.mutationField('revokeUserSession', (t) =>
  t.field({
    type: resultUnion('RevokeUserSessionResult', 'The end of a session, or why not.', SessionRevoked, [
      SessionNotFound,
    ]),
    authScopes: { admin: true },
    description: "Ends one of anybody's sessions. For admins.",
    args: { input: t.arg({ type: RevokeUserSessionInput, required: true, description: 'Which.' }) },
    resolve: (_, { input: { sessionId } }, context) =>
      orFailure(context, undefined, async () => {
        await context.gateway.admin.revokeSession(sessionId, (await viewerOf(context)).user.id);
        return { sessionId };
      }),
  }),
);

const UserSessionsRevoked = builder.objectRef<{ count: number }>('UserSessionsRevoked').implement({
  description: 'The person is signed out everywhere.',
  fields: (t) => ({ count: t.exposeInt('count', { description: 'How many sessions ended.' }) }),
});

builder.mutationField('revokeUserSessions', (t) =>
  t.field({
    type: resultUnion('RevokeUserSessionsResult', 'The end of sessions, or why not.', UserSessionsRevoked, [
      UserNotFound,
    ]),
    authScopes: { admin: true },
    description: 'Ends all sessions of a person. For admins.',
    args: { input: t.arg({ type: UserInput, required: true, description: 'Whose.' }) },
    resolve: (_, { input: { userId } }, context) =>
      orFailure(context, undefined, async () => ({
        count: await context.gateway.admin.revokeSessionsOf(userId, (await viewerOf(context)).user.id),
      })),
  }),
);

const ForgivePhoneInput = builder.inputType('ForgivePhoneInput', {
  description: 'Which phone.',
  fields: (t) => ({ phone: t.string({ required: true, description: 'In any spelling.' }) }),
});

const PhoneForgiven = builder.objectRef<{ maskedPhone: string }>('PhoneForgiven').implement({
  description: 'The phone may be sent codes, and guessed, as if nothing had been.',
  fields: (t) => ({ maskedPhone: t.exposeString('maskedPhone', { description: 'Which.' }) }),
});

builder.mutationField('forgivePhone', (t) =>
  t.field({
    type: resultUnion('ForgivePhoneResult', 'A fresh start for a phone, or why not.', PhoneForgiven, [
      InvalidPhoneNumber,
    ]),
    authScopes: { admin: true },
    description:
      'Forgets the wrong guesses against a phone and the codes sent to it, for somebody who is locked out. For admins.',
    args: { input: t.arg({ type: ForgivePhoneInput, required: true, description: 'Which phone.' }) },
    resolve: (_, { input: { phone } }, context) =>
      orFailure(context, undefined, async () => ({
        maskedPhone: await context.gateway.admin.forgivePhone(phone, (await viewerOf(context)).user.id),
      })),
  }),
);
