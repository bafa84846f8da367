import { readAuditLog } from '../../../admin/read-logs.js';
import type { AuditRecord } from '../../../events/list-audit.js';
import { builder } from '../../builder.js';
import { viewerIdOf } from '../../auth/caller.js';
import { readUuid } from '../../own-ids.js';
import { ATTEMPT_ID } from './login-attempts.js';
import { pageOfIds } from './page.js';
import { periodArgs } from './period.js';
import { USER_ID } from './users.js';

const AuditEntryType = builder.objectRef<AuditRecord>('AuditEntry').implement({
  description: 'An event in the audit log. Entries are never changed.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'UUID of the entry.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When the event happened.' }),
    event: t.exposeString('event', {
      description: 'Name of the event, such as user.role_set. The documentation lists all names.',
    }),
    actor: t.exposeString('actor', {
      description: 'Who caused the event: the UUID of a user, "gateway", or "operator" for the command line.',
    }),
    userId: t.exposeID('userId', {
      nullable: true,
      description: 'UUID of the user whom the event concerns; null when it concerns none.',
    }),
    attemptId: t.exposeID('attemptId', {
      nullable: true,
      description: 'UUID of the login attempt; null when the event concerns none.',
    }),
    sessionId: t.exposeID('sessionId', {
      nullable: true,
      description: 'UUID of the session; null when the event concerns none.',
    }),
    phone: t.exposeString('phone', {
      nullable: true,
      description: 'Masked phone number; null when the event concerns none.',
    }),
    ip: t.exposeString('ip', {
      nullable: true,
      description: 'IP address of the client; null when no client caused the event.',
    }),
    details: t.string({
      nullable: true,
      description: 'Further details as a JSON object; null when there are none.',
      resolve: ({ details }) => (details === null ? null : JSON.stringify(details)),
    }),
  }),
});

builder.queryField('auditLog', (t) =>
  t.connection(
    {
      type: AuditEntryType,
      auth: 'admin',
      description: 'The audit log, newest first. Reading it adds an entry. For admins; other users get FORBIDDEN.',
      args: {
        event: t.arg.string({ description: 'Only entries with this event.' }),
        actor: t.arg.string({ description: 'Only entries with this actor.' }),
        userId: t.arg.id({ description: `Only entries about this user: ${USER_ID}` }),
        attemptId: t.arg.id({ description: `Only entries about this login attempt: ${ATTEMPT_ID}` }),
        ...periodArgs(),
      },
      resolve: async (_, args, context) => {
        const actor = await viewerIdOf(context);
        const { event, since, until } = args;
        const userId = readUuid('AdminUser', args.userId);
        const attemptId = readUuid('AdminLoginAttempt', args.attemptId);
        const filter = { event, actor: args.actor, userId, attemptId, since, until };
        return pageOfIds(args, (page) => context.admin.read((deps) => readAuditLog({ filter, page, actor }, deps)));
      },
    },
    { name: 'AuditLogConnection', description: 'A page of the audit log.' },
    { name: 'AuditLogEdge', description: 'An entry in a page of the audit log.' },
  ),
);
