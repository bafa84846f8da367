import { builder } from '../builder.js';
import { InvalidAuthorizationCode, InvalidInputType, RedirectNotAllowed, orFailure, resultUnion } from '../result.js';
import { SessionType } from './session.js';
import { createAuthorizationCode } from '../../sessions/authorization-codes/create.js';
import { exchangeAuthorizationCode } from '../../sessions/authorization-codes/exchange.js';

const AuthorizationCodeType = builder
  .objectRef<{ redirectTo: string; expiresAt: Date }>('AuthorizationCode')
  .implement({
    description: 'A one-time code on its way to an application. It stands in redirectTo, and nowhere else.',
    fields: (t) => ({
      redirectTo: t.exposeString('redirectTo', {
        description: 'Where to send the person: the redirectUri, with code and state added to its query.',
      }),
      expiresAt: t.expose('expiresAt', {
        type: 'DateTime',
        description: 'The application can exchange the code until then: 60 s.',
      }),
    }),
  });

const CreateAuthorizationCodeInput = builder.inputType('CreateAuthorizationCodeInput', {
  description: 'Where to go on, as the application has asked for it.',
  fields: (t) => ({
    redirectUri: t.string({ required: true, description: 'One of REDIRECT_URIS, letter for letter.' }),
    refreshToken: t.string({
      description:
        'The refresh token of the session; it is not used up. Otherwise the cookie serves. An access token will not do: backends see those.',
    }),
    state: t.string({ description: 'Given back to the application as it is. 1024 characters at most.' }),
    codeChallenge: t.string({
      description: 'PKCE (RFC 7636), S256: the SHA-256 of the code verifier in base64url, 43 characters.',
    }),
  }),
});

const ExchangeAuthorizationCodeInput = builder.inputType('ExchangeAuthorizationCodeInput', {
  description: 'What the application was sent, and what it knows itself.',
  fields: (t) => ({
    code: t.string({ required: true, description: 'From the query of the address that was opened.' }),
    redirectUri: t.string({ required: true, description: 'The one that the code was made for.' }),
    codeVerifier: t.string({
      description:
        'What the codeChallenge was made of, 43 to 128 characters. Where there was none, there must be none.',
    }),
  }),
});

const CreateAuthorizationCodeResult = resultUnion(
  'CreateAuthorizationCodeResult',
  'Where to send the person, or why not.',
  AuthorizationCodeType,
  [RedirectNotAllowed, InvalidInputType],
);

const ExchangeAuthorizationCodeResult = resultUnion(
  'ExchangeAuthorizationCodeResult',
  'The session, or why not.',
  SessionType,
  [InvalidAuthorizationCode],
);

builder.mutationField('createAuthorizationCode', (t) =>
  t.field({
    type: CreateAuthorizationCodeResult,
    description:
      'For the login page: makes a one-time code of the caller’s session, with which an application goes on. When that exchanges it, the caller’s session ends. UNAUTHENTICATED without its refresh token.',
    args: {
      input: t.arg({ type: CreateAuthorizationCodeInput, required: true, description: 'Where to go on.' }),
    },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        createAuthorizationCode(
          {
            redirectUri: input.redirectUri,
            refreshToken: input.refreshToken || context.cookies.refreshToken(),
            state: input.state ?? undefined,
            codeChallenge: input.codeChallenge ?? undefined,
          },
          context.sessions,
        ),
      ),
  }),
);

builder.mutationField('exchangeAuthorizationCode', (t) =>
  t.field({
    type: ExchangeAuthorizationCodeResult,
    description:
      'For applications: exchanges the code for a session of their own, once. The session that made it ends: one sign-in is one session. A code that is shown a second time, with all that belongs to it, ends the session that it has opened, because somebody else may have it.',
    args: {
      input: t.arg({ type: ExchangeAuthorizationCodeInput, required: true, description: 'The code.' }),
    },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        context.cookies.give(
          await exchangeAuthorizationCode(
            { ...input, codeVerifier: input.codeVerifier ?? undefined },
            context.sessions,
          ),
        ),
      ),
  }),
);
