import { DomainError } from '../../domain-error.js';
import { verifyToken } from '../../sessions/access-token.js';
import { findSessionIdOf } from '../../sessions/find-session.js';
import { refreshSession } from '../../sessions/refresh.js';
import type { Session } from '../../sessions/session.js';
import { signOut } from '../../sessions/sign-out.js';
import { builder } from '../builder.js';
import type { GraphqlContext } from '../context.js';
import { orFailure, resultUnion } from '../result-union.js';
import { UserType } from './user.js';

export const SessionType = builder.objectRef<Session>('Session').implement({
  description: 'A session with its tokens.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'UUID of the session; the `sid` claim of the access token.' }),
    accessToken: t.exposeString('accessToken', {
      description:
        'JWT (EdDSA) that any backend can verify with /.well-known/jwks.json. Valid for ten minutes. At the gateway it only reads `me`: use gatewayToken there.',
    }),
    accessTokenExpiresAt: t.expose('accessTokenExpiresAt', {
      type: 'DateTime',
      description: 'When the access token and the gateway token expire. Call refreshSession before that time.',
    }),
    gatewayToken: t.string({
      description:
        'JWT for calls of the gateway itself, such as mySessions and the admin API. Expires together with the access token. Show it to no other server.',
      resolve: ({ gatewayToken }) => gatewayToken(),
    }),
    refreshToken: t.exposeString('refreshToken', {
      description:
        'Opaque token for one call of refreshSession. Store it where no script of another site can read it. An empty string for a browser when SESSION_COOKIE is on: the token is then in a cookie.',
    }),
    refreshTokenExpiresAt: t.expose('refreshTokenExpiresAt', {
      type: 'DateTime',
      description:
        'When the refresh token expires. The session ends at the same time, unless the client refreshes it before.',
    }),
    user: t.expose('user', { type: UserType, description: 'The user who signed in.' }),
    deviceToken: t.exposeString('deviceToken', {
      nullable: true,
      description:
        'Token by which the gateway recognizes this client as a device of this user. Store it, also after a sign-out, and send it at the next sign-in. If several users share the client, keep the token of each: send up to five, newest first, one after the other. A token has 43 characters. It opens nothing. Null unless this is the answer to a sign-in, and null when the gateway keeps it in a cookie.',
    }),
  }),
});

/** Description of the input field. */
export const DEVICE_TOKEN =
  'The deviceToken of the last sign-in of this client, or those of its last users: up to five, newest first, one after the other. Default: from the cookie.';

/** Adds the device tokens of the cookie to an input that has none. */
export const withDevice = <Input extends { deviceToken?: string | null | undefined }>(
  input: Input,
  { cookies }: GraphqlContext,
): Input => ({ ...input, deviceToken: input.deviceToken || cookies.deviceToken() });

const RefreshSessionInput = builder.inputType('RefreshSessionInput', {
  description: 'The refresh token to exchange.',
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
    auth: 'resolver',
    description:
      'Exchanges the refresh token for a new refresh token and a new access token. A repeat within 20 s, after a lost answer or from a second tab, returns the newest refresh token. A later repeat is accepted for 24 hours, as long as the refresh token of the lost answer has not been used; it returns another refresh token. Any other used token returns InvalidRefreshToken and ends the session, because somebody else may have the token. With the cookie, the header X-Phonegate: 1 is required; without it the request fails with CSRF_HEADER_MISSING.',
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
  description: 'The session has ended: every instance refuses its refresh token, and its sockets are closed.',
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
    auth: 'resolver',
    description:
      'Ends the session of the gateway token or of the cookie. With the cookie, the header X-Phonegate: 1 is required, and the cookie is removed. Signing out twice is not an error. Fails with the error code UNAUTHENTICATED without a readable token, and with GATEWAY_TOKEN_REQUIRED with an access token.',
    resolve: async (_, _args, context) => {
      const { sessions, cookies, bearer } = context;
      // A token of a session that has already ended is accepted too.
      const claims =
        bearer === undefined ? undefined : await verifyToken({ token: bearer, kinds: ['access', 'gateway'] }, sessions);
      const refreshToken = claims?.kind === 'gateway' ? undefined : cookies.refreshToken();
      const ofCookie = refreshToken === undefined ? undefined : await findSessionIdOf({ refreshToken }, sessions);
      if (claims?.kind === 'access' && ofCookie !== claims.sessionId) throw new DomainError('GATEWAY_TOKEN_REQUIRED');
      const sessionId = claims?.sessionId ?? ofCookie;
      if (!sessionId) {
        cookies.clear(); // the browser cannot use a cookie that the gateway cannot read
        throw new DomainError('UNAUTHENTICATED');
      }
      await signOut({ sessionId, userId: claims?.userId }, sessions);
      cookies.clear();
      return { sessionId };
    },
  }),
);
