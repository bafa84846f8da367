import type { AuditRecord } from '../../../events/list-audit.js';
import { builder } from '../../builder.js';
import { viewerIdOf } from '../../context.js';
import { pageOfIds } from './page.js';
import { periodArgs } from './period.js';
import { readAuditLog } from '../../../admin/read-logs.js';

const AuditEntryType = builder.objectRef<AuditRecord>('AuditEntry').implement({
  description: 'Something that happened, and who did it. Entries are never changed.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'A UUID.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
    event: t.exposeString('event', { description: 'Such as user.role_set; README lists them.' }),
    actor: t.exposeString('actor', {
      description: 'The id of the person who did it; "gateway"; "operator" for the command line.',
    }),
    userId: t.exposeID('userId', { nullable: true, description: 'Whom it concerns.' }),
    attemptId: t.exposeID('attemptId', { nullable: true, description: 'Which login attempt.' }),
    sessionId: t.exposeID('sessionId', { nullable: true, description: 'Which session.' }),
    phone: t.exposeString('phone', { nullable: true, description: 'Masked.' }),
    ip: t.exposeString('ip', { nullable: true, description: 'The address of the client.' }),
    details: t.string({
      nullable: true,
      description: 'Whatever else there is to know, as JSON.',
      resolve: ({ details }) => (details === null ? null : JSON.stringify(details)),
    }),
  }),
});

builder.queryField('auditLog', (t) =>
  t.connection(
    {
      type: AuditEntryType,
      authScopes: { admin: true },
      description: 'The audit log, the newest first. For admins; leaves an entry itself.',
      args: {
        event: t.arg.string({ description: 'Only of this kind.' }),
        actor: t.arg.string({ description: 'Only by this actor.' }),
        userId: t.arg.id({ description: 'Only about this person.' }),
        attemptId: t.arg.id({ description: 'Only about this login attempt.' }),
        ...periodArgs(),
      },
      resolve: async (_, args, context) => {
        const actor = await viewerIdOf(context);
        const { event, userId, attemptId, since, until } = args;
        const filter = { event, actor: args.actor, userId, attemptId, since, until };
        return pageOfIds(args, (page) => readAuditLog({ filter, page, actor }, context.admin));
      },
    },
    { name: 'AuditLogConnection', description: 'A page of the audit log.' },
    { name: 'AuditLogEdge', description: 'An entry in a page.' },
  ),
);
