import { requireFreshSignIn } from '../../sessions/fresh-sign-in.js';
import { type SessionInfo, listSessions } from '../../sessions/list.js';
import { revokeSession, revokeSessionsOf } from '../../sessions/revoke.js';
import { builder } from '../builder.js';
import { viewerOf } from '../auth/caller.js';
import { ownId, readUuid } from '../own-ids.js';
import { orFailure, resultUnion } from '../result-union.js';

/** An open session. */
export const SessionInfoType = builder.objectRef<SessionInfo>('SessionInfo').implement({
  description: 'An open session: one sign-in on one device.',
  fields: (t) => ({
    id: t.id({
      description: 'ID of this view of the session, for caches: SessionInfo:, then the UUID of the session.',
      resolve: ({ id }) => ownId('SessionInfo', id),
    }),
    sessionId: t.exposeID('id', {
      description: 'UUID of the session; the id of the type Session and the `sid` claim of its access tokens.',
    }),
    device: t.exposeString('device', {
      description:
        'Browser and operating system, from the User-Agent header, such as "Chrome, Android". "?" when they are unknown.',
    }),
    ipAddress: t.exposeString('ipAddress', {
      nullable: true,
      description: 'IP address of the sign-in; null when it is unknown.',
    }),
    location: t.exposeString('location', {
      nullable: true,
      description:
        'Location of the sign-in, from the request header that CLIENT_LOCATION_HEADER names; null when no proxy sets it.',
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When the user signed in.' }),
    lastSeenAt: t.expose('lastSeenAt', {
      type: 'DateTime',
      description:
        'When the session was last used. Exact to ten minutes: only the sign-in and each refresh are recorded.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: 'When the session ends unless it is refreshed before.',
    }),
    current: t.boolean({
      description: 'Whether this request belongs to the session.',
      resolve: async ({ id }, _args, context) => id === (await viewerOf(context)).sessionId,
    }),
  }),
});

builder.queryField('mySessions', (t) =>
  t.field({
    type: [SessionInfoType],
    auth: 'gateway',
    description:
      'The open sessions of the user who is signed in, most recently used first, at most 200. Fails with the error code UNAUTHENTICATED without a valid token.',
    resolve: async (_, _args, context) => {
      const { user } = await viewerOf(context);
      return listSessions({ userId: user.id }, context.sessions);
    },
  }),
);

export const SessionRevoked = builder.objectRef<{ sessionId: string }>('SessionRevoked').implement({
  description: 'The session has ended on every instance: its next refresh is refused, and its sockets are closed.',
  fields: (t) => ({ sessionId: t.exposeID('sessionId', { description: 'UUID of the session that ended.' }) }),
});

const RevokeSessionResult = resultUnion({
  name: 'RevokeSessionResult',
  description: 'The session that ended, or why it could not be ended.',
  success: SessionRevoked,
  failures: ['SESSION_NOT_FOUND', 'FRESH_SIGN_IN_REQUIRED'],
});

const RevokeSessionInput = builder.inputType('RevokeSessionInput', {
  description: 'The session to end.',
  fields: (t) => ({
    sessionId: t.id({ required: true, description: 'UUID of one of the sessions in mySessions, or its id there.' }),
  }),
});

builder.mutationField('revokeSession', (t) =>
  t.field({
    type: RevokeSessionResult,
    auth: 'gateway',
    description:
      'Ends one session of the user who is signed in. Returns FreshSignInRequired when it is not the session of this request and the sign-in was more than ten minutes ago. The device of the session is not known any more, unless it is older than the device of this request, on which the user first signed in less than 24 hours ago. Fails with the error code UNAUTHENTICATED without a valid token.',
    args: { input: t.arg({ type: RevokeSessionInput, required: true, description: 'The session to end.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () => {
        const sessionId = readUuid('SessionInfo', input.sessionId);
        const viewer = await viewerOf(context);
        const { user, sessionId: callerSession } = viewer;
        if (sessionId !== callerSession) requireFreshSignIn(viewer);
        const owned = { ofUser: user.id, callerSession };
        await revokeSession({ sessionId, actor: user.id, reason: 'revoked', ...owned }, context.sessions);
        return { sessionId };
      }),
  }),
);

const OtherSessionsRevoked = builder.objectRef<{ count: number }>('OtherSessionsRevoked').implement({
  description: 'Every session of the user has ended except the session of this request.',
  fields: (t) => ({ count: t.exposeInt('count', { description: 'Number of sessions that ended.' }) }),
});

const RevokeOtherSessionsResult = resultUnion({
  name: 'RevokeOtherSessionsResult',
  description: 'The number of sessions that ended, or why none was ended.',
  success: OtherSessionsRevoked,
  failures: ['FRESH_SIGN_IN_REQUIRED'],
});

builder.mutationField('revokeOtherSessions', (t) =>
  t.field({
    type: RevokeOtherSessionsResult,
    auth: 'fresh',
    description:
      'Ends every session of the user who is signed in, except the session of this request. Their devices are not known any more. On a device on which the user first signed in less than 24 hours ago, older devices stay known. Returns FreshSignInRequired when the sign-in was more than ten minutes ago. Fails with the error code UNAUTHENTICATED without a valid token.',
    resolve: async (_, _args, context) => {
      const { user, sessionId } = await viewerOf(context);
      const input = { userId: user.id, actor: user.id, reason: 'revoked', except: sessionId } as const;
      return { count: await revokeSessionsOf(input, context.sessions) };
    },
  }),
);
