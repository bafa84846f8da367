import { builder } from '../../builder.js';
import { viewerIdOf } from '../../context.js';
import { SessionNotFound, UserNotFound, orFailure, resultUnion } from '../../result.js';
import { SessionRevoked } from '../my-sessions.js';
import { UserInput } from './users.js';

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
        await context.gateway.admin.revokeSession(sessionId, await viewerIdOf(context));
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
        count: await context.gateway.admin.revokeSessionsOf(userId, await viewerIdOf(context)),
      })),
  }),
);
