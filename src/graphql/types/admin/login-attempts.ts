import type { AttemptRecord } from '../../../login/attempts/list-attempts.js';
import { builder } from '../../builder.js';
import { viewerIdOf } from '../../context.js';
import { AttemptPurposeEnum, FailureReasonEnum, LoginAttemptStatusEnum, LoginMethodEnum } from '../enums.js';
import { pageOfIds } from './page.js';
import { periodArgs } from './period.js';
import { readLoginAttempts } from '../../../admin/read-logs.js';

export const AdminLoginAttemptType = builder.objectRef<AttemptRecord>('AdminLoginAttempt').implement({
  description: 'A login attempt, as an admin sees it: no secret, no code.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'A UUID.' }),
    method: t.expose('method', { type: LoginMethodEnum, description: 'How the phone is proven.' }),
    purpose: t.expose('purpose', { type: AttemptPurposeEnum, description: 'What for.' }),
    status: t.expose('status', { type: LoginAttemptStatusEnum, description: 'Where it stands.' }),
    failureReason: t.expose('failureReason', {
      type: FailureReasonEnum,
      nullable: true,
      description: 'Why it FAILED.',
    }),
    maskedPhone: t.exposeString('maskedPhone', {
      nullable: true,
      description: 'None for WHATSAPP until the message came.',
    }),
    userId: t.exposeID('userId', {
      nullable: true,
      description: 'Whose phone it turned out to be; of a CHANGE_PHONE, who asked.',
    }),
    sessionId: t.exposeID('sessionId', { nullable: true, description: 'What it was exchanged for.' }),
    failedTries: t.exposeInt('failedTries', { description: 'Wrong proofs.' }),
    ipAddress: t.exposeString('ipAddress', { nullable: true, description: 'The IP address of the client.' }),
    location: t.exposeString('location', { nullable: true, description: 'Where that is, if a proxy tells.' }),
    device: t.exposeString('device', { description: 'Browser and system, as the client names them.' }),
    locale: t.exposeString('locale', { description: 'Language of its messages.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was opened.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it ends by itself.' }),
    completedAt: t.expose('completedAt', { type: 'DateTime', nullable: true, description: 'When the proof came.' }),
    claimedAt: t.expose('claimedAt', { type: 'DateTime', nullable: true, description: 'When the session was opened.' }),
  }),
});

builder.queryField('loginAttempts', (t) =>
  t.connection(
    {
      type: AdminLoginAttemptType,
      authScopes: { admin: true },
      description:
        'Login attempts, the newest first. For admins; leaves an audit row. With `phone` or `userId`, give `since` too: it is searched from there on.',
      args: {
        phone: t.arg.string({ description: 'Only of this phone, in any spelling.' }),
        userId: t.arg.id({ description: 'Only of this person.' }),
        method: t.arg({ type: LoginMethodEnum, description: 'Only by this method.' }),
        status: t.arg({ type: LoginAttemptStatusEnum, description: 'Only with this status.' }),
        ...periodArgs(),
      },
      resolve: async (_, args, context) => {
        const actor = await viewerIdOf(context);
        const { phone, userId, method, status, since, until } = args;
        const filter = { phone, userId, method, status, since, until };
        return pageOfIds(args, (page) => readLoginAttempts({ filter, page, actor }, context.admin));
      },
    },
    { name: 'AdminLoginAttemptConnection', description: 'A page of login attempts.' },
    { name: 'AdminLoginAttemptEdge', description: 'A login attempt in a page.' },
  ),
);
