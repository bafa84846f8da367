import { readUser, readUserSessions, readUsers } from '../../../admin/read-users.js';
import type { UserRecord } from '../../../users/user-record.js';
import { builder } from '../../builder.js';
import { viewerIdOf } from '../../context.js';
import { SessionInfoType } from '../my-sessions.js';
import { pageOfIds } from './page.js';

export const AdminUserType = builder.objectRef<UserRecord>('AdminUser').implement({
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
        readUserSessions({ userId: id, actor: await viewerIdOf(context) }, context.admin),
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
        const actor = await viewerIdOf(context);
        const { search, role, blocked } = args;
        const filter = { search, role, blocked };
        return pageOfIds(args, (page) => readUsers({ filter, page, actor }, context.admin));
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
      (await readUser({ id, actor: await viewerIdOf(context) }, context.admin)) ?? null,
  }),
);

/** Whom a mutation is about. */
export const UserInput = builder.inputType('UserInput', {
  description: 'Whom it is about.',
  fields: (t) => ({ userId: t.id({ required: true, description: 'A UUID.' }) }),
});
