import { readLoginAttempts } from '../../../admin/read-logs.js';
import { type ApprovedLogin, approveLogin } from '../../../login/approve.js';
import type { AttemptRecord } from '../../../login/attempts/list-attempts.js';
import { builder } from '../../builder.js';
import { viewerIdOf } from '../../auth/caller.js';
import { AttemptPurposeEnum, FailureReasonEnum, LoginAttemptStatusEnum, LoginMethodEnum } from '../enums.js';
import { ownId, readUuid } from '../../own-ids.js';
import { orFailure, resultUnion } from '../../result-union.js';
import { pageOfIds } from './page.js';
import { periodArgs } from './period.js';
import { USER_ID } from './users.js';

/** Description of an argument that names a login attempt. */
export const ATTEMPT_ID = 'UUID of the attempt, or the id of an AdminLoginAttempt.';

export const AdminLoginAttemptType = builder.objectRef<AttemptRecord>('AdminLoginAttempt').implement({
  description: 'A login attempt, as admins see it: without its secret and its code.',
  fields: (t) => ({
    id: t.id({
      description: 'ID of this view of the attempt, for caches: AdminLoginAttempt:, then the UUID of the attempt.',
      resolve: ({ id }) => ownId('AdminLoginAttempt', id),
    }),
    attemptId: t.exposeID('id', { description: 'UUID of the attempt; the id of the type LoginAttempt.' }),
    method: t.expose('method', { type: LoginMethodEnum, description: 'How the phone is proven.' }),
    purpose: t.expose('purpose', { type: AttemptPurposeEnum, description: 'Purpose of the attempt.' }),
    status: t.expose('status', { type: LoginAttemptStatusEnum, description: 'How far the attempt has come.' }),
    failureReason: t.expose('failureReason', {
      type: FailureReasonEnum,
      nullable: true,
      description: 'Why the attempt failed; null unless the status is FAILED.',
    }),
    maskedPhone: t.exposeString('maskedPhone', {
      nullable: true,
      description:
        'Masked phone number; null for the method WHATSAPP until the message arrived, and after the user was erased.',
    }),
    userId: t.exposeID('userId', {
      nullable: true,
      description:
        'UUID of the user with the proven phone. For the purpose CHANGE_PHONE, UUID of the user who requested the change. Null until the user is known.',
    }),
    sessionId: t.exposeID('sessionId', {
      nullable: true,
      description: 'UUID of the session that the attempt opened; null if it opened none.',
    }),
    failedTries: t.exposeInt('failedTries', {
      description: 'Number of wrong codes or wrong confirmation numbers that the user submitted.',
    }),
    ipAddress: t.exposeString('ipAddress', {
      nullable: true,
      description: 'IP address of the client that started the attempt; null when it is unknown.',
    }),
    location: t.exposeString('location', {
      nullable: true,
      description:
        'Location of the client, from the request header that CLIENT_LOCATION_HEADER names; null when no proxy sets it.',
    }),
    device: t.exposeString('device', {
      description:
        'Browser and operating system, from the User-Agent header, such as "Chrome, Android". "?" when they are unknown.',
    }),
    locale: t.exposeString('locale', { description: 'Language of the messages: en, ru, kk, ky or fa.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the attempt was started.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When the attempt expires.' }),
    completedAt: t.expose('completedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the phone was proven; null if it was not.',
    }),
    claimedAt: t.expose('claimedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the session was opened; null if none was.',
    }),
  }),
});

builder.queryField('loginAttempts', (t) =>
  t.connection(
    {
      type: AdminLoginAttemptType,
      auth: 'admin',
      description:
        'Login attempts, newest first. If you set method or status, set since too, to limit the search. Reading attempts adds an entry to the audit log. For admins; other users get FORBIDDEN.',
      args: {
        phone: t.arg.string({ description: 'Only attempts with this phone number, in any spelling.' }),
        userId: t.arg.id({ description: `Only attempts of this user: ${USER_ID}` }),
        method: t.arg({ type: LoginMethodEnum, description: 'Only attempts with this method.' }),
        status: t.arg({ type: LoginAttemptStatusEnum, description: 'Only attempts with this status.' }),
        ...periodArgs(),
      },
      resolve: async (_, args, context) => {
        const actor = await viewerIdOf(context);
        const { phone, method, status, since, until } = args;
        const userId = readUuid('AdminUser', args.userId);
        const filter = { phone, userId, method, status, since, until };
        return pageOfIds(args, (page) =>
          context.admin.read((deps) => readLoginAttempts({ filter, page, actor }, deps)),
        );
      },
    },
    { name: 'AdminLoginAttemptConnection', description: 'A page of login attempts.' },
    { name: 'AdminLoginAttemptEdge', description: 'A login attempt in a page.' },
  ),
);

const LoginApprovedType = builder.objectRef<ApprovedLogin>('LoginApproved').implement({
  description: 'A sign-in that was approved. Its client opens the session with claimLogin.',
  fields: (t) => ({
    attemptId: t.exposeID('attemptId', { description: 'UUID of the attempt.' }),
    userId: t.exposeID('userId', { description: 'UUID of the user who signs in.' }),
    maskedPhone: t.exposeString('maskedPhone', { description: 'Masked phone number of the user.' }),
  }),
});

const ApproveLoginInput = builder.inputType('ApproveLoginInput', {
  description: 'The sign-in to approve.',
  fields: (t) => ({ attemptId: t.id({ required: true, description: ATTEMPT_ID }) }),
});

builder.mutationField('approveLogin', (t) =>
  t.field({
    type: resultUnion({
      name: 'ApproveLoginResult',
      description: 'The approved sign-in, or why it was not approved.',
      success: LoginApprovedType,
      failures: ['ATTEMPT_NOT_FOUND', 'ATTEMPT_CLOSED', 'ATTEMPT_NOT_COMPLETED', 'INVALID_INPUT'],
    }),
    auth: 'admin',
    description:
      'Approves the sign-in of another user whose code is right and whose attempt is CONFIRMING. Call the user first: an attacker who reads their SMS looks the same. Returns AttemptNotCompleted before the right code. Returns InvalidInput for an own sign-in, and for a QR login that the user confirms with the number on the screen. For admins; other users get FORBIDDEN.',
    args: {
      input: t.arg({ type: ApproveLoginInput, required: true, description: 'The sign-in to approve.' }),
    },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () => {
        const attemptId = readUuid('AdminLoginAttempt', input.attemptId);
        return approveLogin({ attemptId, actor: await viewerIdOf(context) }, context.login);
      }),
  }),
);
