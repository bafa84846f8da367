import { readUser, readUserSessions, readUsers } from '../../../admin/read-users.js';
import type { UserRecord } from '../../../users/user-record.js';
import { builder } from '../../builder.js';
import { viewerIdOf } from '../../auth/caller.js';
import { ownId, readUuid } from '../../own-ids.js';
import { SessionInfoType } from '../my-sessions.js';
import { pageOfIds } from './page.js';

/** Description of an argument that names a user. */
export const USER_ID = 'UUID of the user, or the id of an AdminUser.';

export const AdminUserType = builder.objectRef<UserRecord>('AdminUser').implement({
  description: 'A user, as admins see them.',
  fields: (t) => ({
    id: t.id({
      description: 'ID of this view of the user, for caches: AdminUser:, then the UUID of the user.',
      resolve: ({ id }) => ownId('AdminUser', id),
    }),
    userId: t.exposeID('id', { description: 'UUID of the user; the id of the type User.' }),
    phone: t.exposeString('phone', { description: 'Phone number in E.164 format, with +.' }),
    name: t.exposeString('name', {
      nullable: true,
      description: 'Name that the user, an admin or an import set; null when none is set.',
    }),
    role: t.exposeString('role', { description: 'One of the roles in ROLES.' }),
    locale: t.exposeString('locale', {
      nullable: true,
      description: 'Language of messages to the user: en, ru, kk, ky or fa; null when none is set.',
    }),
    blocked: t.exposeBoolean('blocked', {
      description:
        'Whether the user is blocked. A client of a blocked user learns this only after the user has proven the phone.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When the user was created: at the first sign-in, by an admin or by an import.',
    }),
    lastLoginAt: t.expose('lastLoginAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the user last signed in; null before the first sign-in.',
    }),
    sessions: t.field({
      type: [SessionInfoType],
      description: 'The open sessions of the user, most recently used first, at most 200.',
      resolve: async ({ id }, _args, context) => {
        const actor = await viewerIdOf(context);
        return context.admin.read((deps) => readUserSessions({ userId: id, actor }, deps));
      },
    }),
  }),
});

builder.queryField('users', (t) =>
  t.connection(
    {
      type: AdminUserType,
      auth: 'admin',
      description:
        'The users, newest first. Reading them adds an entry to the audit log. For admins; other users get FORBIDDEN.',
      args: {
        search: t.arg.string({
          description: 'A phone number in any spelling, at least three digits of a number, or a part of a name.',
        }),
        role: t.arg.string({ description: 'Only users with this role.' }),
        blocked: t.arg.boolean({ description: 'true: only blocked users. false: only users who are not blocked.' }),
      },
      resolve: async (_, args, context) => {
        const actor = await viewerIdOf(context);
        const { search, role, blocked } = args;
        const filter = { search, role, blocked };
        return pageOfIds(args, (page) => context.admin.read((deps) => readUsers({ filter, page, actor }, deps)));
      },
    },
    { name: 'AdminUserConnection', description: 'A page of users.' },
    { name: 'AdminUserEdge', description: 'A user in a page.' },
  ),
);

builder.queryField('user', (t) =>
  t.field({
    type: AdminUserType,
    nullable: true,
    auth: 'admin',
    description:
      'The user with this id; null when there is none. Reading a user adds an entry to the audit log. For admins; other users get FORBIDDEN.',
    args: { id: t.arg.id({ required: true, description: USER_ID }) },
    resolve: async (_, args, context) => {
      const id = readUuid('AdminUser', args.id);
      const actor = await viewerIdOf(context);
      return (await context.admin.read((deps) => readUser({ id, actor }, deps))) ?? null;
    },
  }),
);

/** The input of mutations that take a user and nothing else. */
export const UserInput = builder.inputType('UserInput', {
  description: 'The user that the mutation concerns.',
  fields: (t) => ({ userId: t.id({ required: true, description: USER_ID }) }),
});

/** The input of a mutation on a user, with the UUID as `userId`. */
export function withUuid<Input extends { userId: string }>(input: Input): Input {
  return { ...input, userId: readUuid('AdminUser', input.userId) };
}
