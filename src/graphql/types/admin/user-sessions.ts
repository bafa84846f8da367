import { revokeUserSessions } from '../../../admin/revoke-user-sessions.js';
import { revokeSession } from '../../../sessions/revoke.js';
import { builder } from '../../builder.js';
import { viewerIdOf } from '../../auth/caller.js';
import { orFailure, resultUnion } from '../../result-union.js';
import { readUuid } from '../../own-ids.js';
import { SessionRevoked } from '../my-sessions.js';
import { UserInput, withUuid } from './users.js';

const RevokeUserSessionInput = builder.inputType('RevokeUserSessionInput', {
  description: 'The session to end.',
  fields: (t) => ({
    sessionId: t.id({ required: true, description: 'UUID of the session, of any user, or the id of a SessionInfo.' }),
  }),
});

const RevokeUserSessionResult = resultUnion({
  name: 'RevokeUserSessionResult',
  description: 'The session that ended, or why it could not be ended.',
  success: SessionRevoked,
  failures: ['SESSION_NOT_FOUND'],
});

builder.mutationField('revokeUserSession', (t) =>
  t.field({
    type: RevokeUserSessionResult,
    auth: 'admin',
    description: 'Ends one session of any user. For admins; other users get FORBIDDEN.',
    args: { input: t.arg({ type: RevokeUserSessionInput, required: true, description: 'The session to end.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () => {
        const sessionId = readUuid('SessionInfo', input.sessionId);
        await revokeSession({ sessionId, actor: await viewerIdOf(context), reason: 'revoked' }, context.sessions);
        return { sessionId };
      }),
  }),
);

const UserSessionsRevoked = builder.objectRef<{ count: number }>('UserSessionsRevoked').implement({
  description: 'All sessions of the user have ended.',
  fields: (t) => ({ count: t.exposeInt('count', { description: 'Number of sessions that ended.' }) }),
});

const RevokeUserSessionsResult = resultUnion({
  name: 'RevokeUserSessionsResult',
  description: 'The number of sessions that ended, or why none could be ended.',
  success: UserSessionsRevoked,
  failures: ['USER_NOT_FOUND'],
});

builder.mutationField('revokeUserSessions', (t) =>
  t.field({
    type: RevokeUserSessionsResult,
    auth: 'admin',
    description: 'Ends all sessions of a user. For admins; other users get FORBIDDEN.',
    args: { input: t.arg({ type: UserInput, required: true, description: 'The user whose sessions to end.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        revokeUserSessions({ ...withUuid(input), actor: await viewerIdOf(context) }, context.admin),
      ),
  }),
);
