import { DomainError } from '../../domain-error.js';
import { verifyAccessToken } from '../../sessions/access-token.js';
import { readRefreshToken } from '../../sessions/refresh-token.js';
import { refreshSession } from '../../sessions/refresh.js';
import type { Session } from '../../sessions/session.js';
import { signOut } from '../../sessions/sign-out.js';
import { builder } from '../builder.js';
import { orFailure, resultUnion } from '../result-union.js';
import { UserType } from './user.js';

export const SessionType = builder.objectRef<Session>('Session').implement({
  description: 'A session with its tokens.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'UUID of the session; the `sid` claim of the access token.' }),
    accessToken: t.exposeString('accessToken', {
      description: 'JWT (EdDSA) that any backend can verify with /.well-known/jwks.json. Valid for ten minutes.',
    }),
    accessTokenExpiresAt: t.expose('accessTokenExpiresAt', {
      type: 'DateTime',
      description: 'When the access token expires. Refresh the session before.',
    }),
    refreshToken: t.exposeString('refreshToken', {
      description:
        'Opaque token for one call of refreshSession. Store it where no foreign script can read it. Empty for a browser when SESSION_COOKIE is on: then the token is in a cookie.',
    }),
    refreshTokenExpiresAt: t.expose('refreshTokenExpiresAt', {
      type: 'DateTime',
      description: 'When the refresh token expires if it is not used.',
    }),
    user: t.expose('user', { type: UserType, description: 'The user who signed in.' }),
  }),
});

const RefreshSessionInput = builder.inputType('RefreshSessionInput', {
  description: 'Input of refreshSession.',
  fields: (t) => ({
    refreshToken: t.string({ description: 'Refresh token of the session. Default: from the cookie.' }),
  }),
});

const RefreshSessionResult = resultUnion({
  name: 'RefreshSessionResult',
  description: 'The session with new tokens, or why it cannot be refreshed.',
  success: SessionType,
  failures: ['INVALID_REFRESH_TOKEN'],
});

builder.mutationField('refreshSession', (t) =>
  t.field({
    type: RefreshSessionResult,
    description:
      'Exchanges the refresh token for the next one and a new access token. A repeat within 20 s (a lost answer, a second tab) returns the same next token, or the one that has followed since. A later repeat revokes the session, because somebody else may have the token. With the cookie, the header X-Phonegate: 1 is required.',
    args: {
      input: t.arg({ type: RefreshSessionInput, description: 'The refresh token, unless it is in the cookie.' }),
    },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () => {
        const refreshToken = input?.refreshToken || context.cookies.refreshToken();
        if (!refreshToken) throw new DomainError('INVALID_REFRESH_TOKEN');
        return context.cookies.give(await refreshSession({ refreshToken }, context.sessions));
      }),
  }),
);

const SignedOut = builder.objectRef<{ sessionId: string }>('SignedOut').implement({
  description: 'The session is over: its refresh token is refused everywhere, and its sockets are closed.',
  fields: (t) => ({ sessionId: t.exposeID('sessionId', { description: 'UUID of the session that ended.' }) }),
});

const SignOutResult = resultUnion({
  name: 'SignOutResult',
  description: 'The session that ended.',
  success: SignedOut,
  failures: [],
});

builder.mutationField('signOut', (t) =>
  t.field({
    type: SignOutResult,
    description:
      'Ends the session of the access token or of the cookie. With the cookie, the header X-Phonegate: 1 is required, and the cookie is removed. Signing out twice is not an error.',
    resolve: async (_, _args, context) => {
      const { sessions, cookies, bearer } = context;
      // An access token of a session that is already over is accepted too.
      const claims = bearer === undefined ? undefined : await verifyAccessToken({ token: bearer }, sessions);
      const refreshToken = claims ? undefined : cookies.refreshToken();
      const sessionId =
        claims?.sessionId ?? (refreshToken && readRefreshToken(refreshToken, sessions.keyring.all)?.sessionId);
      if (!sessionId) {
        cookies.clear(); // a cookie that cannot be read is useless to the browser
        throw new DomainError('UNAUTHENTICATED');
      }
      await signOut({ sessionId, userId: claims?.userId }, sessions);
      cookies.clear();
      return { sessionId };
    },
  }),
);
