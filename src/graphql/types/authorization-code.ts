import { createAuthorizationCode } from '../../sessions/authorization-codes/create.js';
import { exchangeAuthorizationCode } from '../../sessions/authorization-codes/exchange.js';
import { builder } from '../builder.js';
import { orFailure, resultUnion } from '../result-union.js';
import { SessionType } from './session.js';

const AuthorizationCodeType = builder
  .objectRef<{ redirectTo: string; expiresAt: Date }>('AuthorizationCode')
  .implement({
    description: 'A one-time code for an application. Only redirectTo contains it.',
    fields: (t) => ({
      redirectTo: t.exposeString('redirectTo', {
        description: 'URI to send the browser to: the redirectUri with code and state added to its query.',
      }),
      expiresAt: t.expose('expiresAt', {
        type: 'DateTime',
        description: 'When the code expires: 60 s after it was created.',
      }),
    }),
  });

const CreateAuthorizationCodeInput = builder.inputType('CreateAuthorizationCodeInput', {
  description: 'The session, and the values that the application sent to the login page.',
  fields: (t) => ({
    clientId: t.string({ required: true, description: 'ID of the application in APPLICATIONS: its client_id.' }),
    redirectUri: t.string({
      required: true,
      description: 'One of the URIs that APPLICATIONS lists for the clientId, compared character by character.',
    }),
    refreshToken: t.string({
      description:
        'Refresh token of the session. It stays valid. Default: from the cookie. An access token is not accepted, because backends receive access tokens.',
    }),
    state: t.string({
      description: 'Text that is returned to the application unchanged, at most 1024 characters.',
    }),
    codeChallenge: t.string({
      description:
        'PKCE challenge (RFC 7636, S256): SHA-256 of the code verifier in base64url, 43 characters. Without it no code is created (CODE_CHALLENGE_REQUIRED).',
    }),
    codeChallengeMethod: t.string({
      description: 'The code_challenge_method of the application. Default S256, which is the only accepted one.',
    }),
  }),
});

const ExchangeAuthorizationCodeInput = builder.inputType('ExchangeAuthorizationCodeInput', {
  description: 'A code, and the values that prove that it belongs to the application.',
  fields: (t) => ({
    code: t.string({ required: true, description: 'The code from the query of the redirectUri.' }),
    clientId: t.string({ required: true, description: 'The clientId that the code was created for.' }),
    redirectUri: t.string({ required: true, description: 'The redirectUri that the code was created for.' }),
    codeVerifier: t.string({
      required: true,
      description: 'PKCE code verifier (RFC 7636) of the codeChallenge, 43 to 128 characters.',
    }),
  }),
});

const CreateAuthorizationCodeResult = resultUnion({
  name: 'CreateAuthorizationCodeResult',
  description: 'The code, or why none was created.',
  success: AuthorizationCodeType,
  failures: ['REDIRECT_NOT_ALLOWED', 'CODE_CHALLENGE_REQUIRED', 'INVALID_INPUT'],
});

const ExchangeAuthorizationCodeResult = resultUnion({
  name: 'ExchangeAuthorizationCodeResult',
  description: 'The session, or why the code cannot be exchanged.',
  success: SessionType,
  failures: ['INVALID_AUTHORIZATION_CODE'],
});

builder.mutationField('createAuthorizationCode', (t) =>
  t.field({
    type: CreateAuthorizationCodeResult,
    auth: 'resolver',
    description:
      'For the login page. Creates a one-time code, which an application exchanges for its own session. That exchange ends the session of the login page. Fails with the error code UNAUTHENTICATED without the refresh token of an open session.',
    args: {
      input: t.arg({
        type: CreateAuthorizationCodeInput,
        required: true,
        description: 'The application, and the values that it sent to the login page.',
      }),
    },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        createAuthorizationCode(
          {
            clientId: input.clientId,
            redirectUri: input.redirectUri,
            refreshToken: input.refreshToken || context.cookies.refreshToken(),
            state: input.state ?? undefined,
            codeChallenge: input.codeChallenge ?? undefined,
            codeChallengeMethod: input.codeChallengeMethod ?? undefined,
          },
          context.sessions,
        ),
      ),
  }),
);

builder.mutationField('exchangeAuthorizationCode', (t) =>
  t.field({
    type: ExchangeAuthorizationCodeResult,
    auth: 'public',
    description:
      'For applications. Exchanges a code for a session of the application. A code works once. The session that created the code ends, so one sign-in is one session. A second request with the same code, clientId, redirectUri and codeVerifier ends the session that the first one opened, because somebody else may have the code.',
    args: {
      input: t.arg({
        type: ExchangeAuthorizationCodeInput,
        required: true,
        description: 'The code, and the values that prove that it belongs to the application.',
      }),
    },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        context.cookies.give(await exchangeAuthorizationCode(input, context.sessions)),
      ),
  }),
);
