import { type SessionInfo, listSessions } from '../../sessions/list.js';
import { revokeSession, revokeSessionsOf } from '../../sessions/revoke.js';
import { builder } from '../builder.js';
import { viewerOf } from '../context.js';
import { SessionNotFound, orFailure, resultUnion } from '../result.js';

/** One of the viewer's own sessions. */
export const SessionInfoType = builder.objectRef<SessionInfo & { current?: boolean }>('SessionInfo').implement({
  description: 'An open session: one sign-in on one device.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'A UUID; the `sid` of its access tokens.' }),
    device: t.exposeString('device', {
      description: 'Browser and system as the client names them: "Chrome, Android". "?" when it names none.',
    }),
    ipAddress: t.exposeString('ipAddress', { nullable: true, description: 'The IP address it was signed in from.' }),
    location: t.exposeString('location', {
      nullable: true,
      description: 'Where that was, if a proxy in front of the gateway tells (CLIENT_LOCATION_HEADER).',
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When the person signed in.' }),
    lastSeenAt: t.expose('lastSeenAt', {
      type: 'DateTime',
      description: 'The sign-in or the latest refresh: to within ten minutes while it is in use.',
    }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it ends unless it is refreshed.' }),
    current: t.boolean({ description: 'Whether it is the one that asks.', resolve: ({ current }) => current === true }),
  }),
});

builder.queryField('mySessions', (t) =>
  t.field({
    type: [SessionInfoType],
    description:
      'The open sessions of the caller, the one seen last first; 200 at most. UNAUTHENTICATED without an access token.',
    resolve: async (_, _args, context) => {
      const { user, sessionId } = await viewerOf(context);
      const sessions = await listSessions({ userId: user.id }, context.sessions);
      return sessions.map((session) => ({ ...session, current: session.id === sessionId }));
    },
  }),
);

export const SessionRevoked = builder.objectRef<{ sessionId: string }>('SessionRevoked').implement({
  description: 'The session is over: refused at the next refresh, its sockets closed, on every instance.',
  fields: (t) => ({ sessionId: t.exposeID('sessionId', { description: 'The session that ended.' }) }),
});

const RevokeSessionResult = resultUnion('RevokeSessionResult', 'The end of a session, or why not.', SessionRevoked, [
  SessionNotFound,
]);

const RevokeSessionInput = builder.inputType('RevokeSessionInput', {
  description: 'Which session to end.',
  fields: (t) => ({ sessionId: t.id({ required: true, description: 'One of mySessions.' }) }),
});

builder.mutationField('revokeSession', (t) =>
  t.field({
    type: RevokeSessionResult,
    description: 'Ends one of the caller’s own sessions.',
    args: { input: t.arg({ type: RevokeSessionInput, required: true, description: 'Which session to end.' }) },
    resolve: (_, { input: { sessionId } }, context) =>
      orFailure(context, undefined, async () => {
        const { user } = await viewerOf(context);
        await revokeSession({ sessionId, actor: user.id, reason: 'revoked', ofUser: user.id }, context.sessions);
        return { sessionId };
      }),
  }),
);

const OtherSessionsRevoked = builder.objectRef<{ count: number }>('OtherSessionsRevoked').implement({
  description: 'Only the session that asked is left.',
  fields: (t) => ({ count: t.exposeInt('count', { description: 'How many ended.' }) }),
});

const RevokeOtherSessionsResult = resultUnion(
  'RevokeOtherSessionsResult',
  'The end of sessions.',
  OtherSessionsRevoked,
  [],
);

builder.mutationField('revokeOtherSessions', (t) =>
  t.field({
    type: RevokeOtherSessionsResult,
    description: 'Ends every session of the caller but the one that asks.',
    resolve: async (_, _args, context) => {
      const { user, sessionId } = await viewerOf(context);
      const input = { userId: user.id, actor: user.id, reason: 'revoked', except: sessionId } as const;
      return { count: await revokeSessionsOf(input, context.sessions) };
    },
  }),
);
