import { builder } from '../../builder.js';
import { viewerIdOf } from '../../context.js';
import { SessionNotFound, UserNotFound, orFailure, resultUnion } from '../../result.js';
import { SessionRevoked } from '../my-sessions.js';
import { UserInput } from './users.js';
import { revokeUserSessions } from '../../../admin/revoke-user-sessions.js';
import { revokeSession } from '../../../sessions/revoke.js';

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
        await revokeSession({ sessionId, actor: await viewerIdOf(context), reason: 'revoked' }, context.sessions);
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
      orFailure(context, undefined, async () =>
        revokeUserSessions({ userId, actor: await viewerIdOf(context) }, context.admin),
      ),
  }),
);
