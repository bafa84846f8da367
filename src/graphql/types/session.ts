import { DomainError } from '../../domain-error.js';
import type { Session } from '../../sessions/session.js';
import { builder } from '../builder.js';
import { InvalidRefreshToken, orFailure, resultUnion } from '../result.js';
import { UserType } from './user.js';
import { verifyAccessToken } from '../../sessions/access-token.js';
import { readRefreshToken } from '../../sessions/refresh-token.js';
import { refreshSession } from '../../sessions/refresh.js';
import { signOut } from '../../sessions/sign-out.js';

export const SessionType = builder.objectRef<Session>('Session').implement({
  description: 'What a login is exchanged for.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'A UUID; the `sid` of the access token.' }),
    accessToken: t.exposeString('accessToken', {
      description: 'A JWT (EdDSA) that any backend verifies against /.well-known/jwks.json. Ten minutes.',
    }),
    accessTokenExpiresAt: t.expose('accessTokenExpiresAt', { type: 'DateTime', description: 'Refresh before then.' }),
    refreshToken: t.exposeString('refreshToken', {
      description:
        'Opaque; for refreshSession, once. Keep it where scripts of others cannot read it. Empty for a browser where SESSION_COOKIE is on: then it is in a cookie.',
    }),
    refreshTokenExpiresAt: t.expose('refreshTokenExpiresAt', { type: 'DateTime', description: 'When it dies unused.' }),
    user: t.expose('user', { type: UserType, description: 'Who signed in.' }),
  }),
});

const RefreshSessionInput = builder.inputType('RefreshSessionInput', {
  description: 'The token to exchange.',
  fields: (t) => ({
    refreshToken: t.string({ description: 'The refresh token of the session. Otherwise the cookie serves.' }),
  }),
});

const RefreshSessionResult = resultUnion(
  'RefreshSessionResult',
  'The session with new tokens, or why not.',
  SessionType,
  [InvalidRefreshToken],
);

builder.mutationField('refreshSession', (t) =>
  t.field({
    type: RefreshSessionResult,
    description:
      'Exchanges the refresh token for the next one and a fresh access token. A repeat within 20 s of its use gives the same next token (a lost answer, a second tab), or the one that has followed since; a later one revokes the session, because somebody else may have the token. With the cookie it needs the header X-Phonegate: 1.',
    args: { input: t.arg({ type: RefreshSessionInput, description: 'The token to exchange.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () => {
        const refreshToken = input?.refreshToken || context.cookies.refreshToken();
        if (!refreshToken) throw new DomainError('INVALID_REFRESH_TOKEN');
        return context.cookies.give(await refreshSession({ refreshToken }, context.sessions));
      }),
  }),
);

const SignedOut = builder.objectRef<{ sessionId: string }>('SignedOut').implement({
  description: 'The session is over: its refresh token is refused from now on, everywhere, and its sockets are closed.',
  fields: (t) => ({ sessionId: t.exposeID('sessionId', { description: 'The session that ended.' }) }),
});

const SignOutResult = resultUnion('SignOutResult', 'The end of a session.', SignedOut, []);

builder.mutationField('signOut', (t) =>
  t.field({
    type: SignOutResult,
    description:
      'Ends the session of the access token, or of the cookie (which needs the header X-Phonegate: 1, and is taken away). Doing it twice is no error.',
    resolve: async (_, _args, context) => {
      const { sessions, cookies, bearer } = context;
      // Also one whose session is over: then it is over.
      const claims = bearer === undefined ? undefined : await verifyAccessToken({ token: bearer }, sessions);
      const refreshToken = claims ? undefined : cookies.refreshToken();
      const sessionId =
        claims?.sessionId ?? (refreshToken && readRefreshToken(refreshToken, sessions.keyring.all)?.sessionId);
      if (!sessionId) {
        cookies.clear(); // what cannot be read is of no use to keep
        throw new DomainError('UNAUTHENTICATED');
      }
      await signOut({ sessionId, userId: claims?.userId }, sessions);
      cookies.clear();
      return { sessionId };
    },
  }),
);
