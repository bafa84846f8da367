import { DomainError } from '../../domain-error.js';
import type { Session } from '../../sessions/session.js';
import type { User } from '../../users/user.js';
import { builder } from '../builder.js';
import type { GraphqlContext } from '../context.js';
import { InvalidRefreshToken, orFailure, resultUnion } from '../result.js';

const UserType = builder.objectRef<User>('User').implement({
  description: 'A person, known by a phone number.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'A UUID; the `sub` of the access token.' }),
    phone: t.exposeString('phone', { description: 'E.164, with +.' }),
    name: t.exposeString('name', { nullable: true, description: 'As the person or an import gave it.' }),
    role: t.exposeString('role', { description: 'USER unless somebody decided otherwise.' }),
    locale: t.exposeString('locale', { nullable: true, description: 'Language of messages: en, ru, kk, ky or fa.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'First sign-in, or import.' }),
  }),
});

export const SessionType = builder.objectRef<Session>('Session').implement({
  description: 'What a login is exchanged for.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'A UUID; the `sid` of the access token.' }),
    accessToken: t.exposeString('accessToken', {
      description: 'A JWT (EdDSA) that any backend verifies against /.well-known/jwks.json. Ten minutes.',
    }),
    accessTokenExpiresAt: t.expose('accessTokenExpiresAt', { type: 'DateTime', description: 'Refresh before then.' }),
    refreshToken: t.exposeString('refreshToken', {
      description: 'Opaque; for refreshSession, once. Keep it where scripts of others cannot read it.',
    }),
    refreshTokenExpiresAt: t.expose('refreshTokenExpiresAt', { type: 'DateTime', description: 'When it dies unused.' }),
    user: t.expose('user', { type: UserType, description: 'Who signed in.' }),
  }),
});

const RefreshSessionInput = builder.inputType('RefreshSessionInput', {
  description: 'The token to exchange.',
  fields: (t) => ({
    refreshToken: t.string({ description: 'The refresh token of the session.' }),
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
      'Exchanges the refresh token for the next one and a fresh access token. A repeat within 20 s gives the same next token (a lost answer, a second tab); a later one revokes the session, because somebody else may have the token.',
    args: { input: t.arg({ type: RefreshSessionInput, description: 'The token to exchange.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, () => {
        if (!input?.refreshToken) throw new DomainError('INVALID_REFRESH_TOKEN');
        return context.gateway.refreshSession(input.refreshToken);
      }),
  }),
);

const SignedOut = builder.objectRef<{ sessionId: string }>('SignedOut').implement({
  description: 'The session is over: its refresh token is refused from now on.',
  fields: (t) => ({ sessionId: t.exposeID('sessionId', { description: 'The session that ended.' }) }),
});

const SignOutResult = resultUnion('SignOutResult', 'The end of a session.', SignedOut, []);

builder.mutationField('signOut', (t) =>
  t.field({
    type: SignOutResult,
    description: 'Ends the session of the access token. Doing it twice is no error.',
    resolve: async (_, _args, context) => {
      const { sessionId } = await requireClaims(context);
      await context.gateway.signOut(sessionId);
      return { sessionId };
    },
  }),
);

builder.queryField('me', (t) =>
  t.field({
    type: UserType,
    nullable: true,
    description:
      'Whose access token it is. An error with the code UNAUTHENTICATED without one, or when its session is over.',
    resolve: async (_, _args, context) => {
      const { sessionId } = await requireClaims(context);
      const viewer = await context.gateway.findViewer(sessionId);
      if (!viewer) throw new DomainError('UNAUTHENTICATED');
      return viewer;
    },
  }),
);

async function requireClaims({ bearer, gateway }: GraphqlContext) {
  const claims = bearer === undefined ? undefined : await gateway.verifyAccessToken(bearer);
  if (!claims) throw new DomainError('UNAUTHENTICATED');
  return claims;
}
