import { createAuthorizationCode } from '../../sessions/authorization-codes/create.js';
import { exchangeAuthorizationCode } from '../../sessions/authorization-codes/exchange.js';
import { builder } from '../builder.js';
import { orFailure, resultUnion } from '../result-union.js';
import { SessionType } from './session.js';

const AuthorizationCodeType = builder
  .objectRef<{ redirectTo: string; expiresAt: Date }>('AuthorizationCode')
  .implement({
    description: 'A one-time code for an application. It is part of redirectTo and of no other field.',
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
  description: 'Input of createAuthorizationCode, as the application requested it.',
  fields: (t) => ({
    redirectUri: t.string({
      required: true,
      description: 'One of the URIs in REDIRECT_URIS, compared character by character.',
    }),
    refreshToken: t.string({
      description:
        'Refresh token of the session; it is not used up. Default: from the cookie. An access token is not accepted, because backends see access tokens.',
    }),
    state: t.string({
      description: 'Text that is returned to the application unchanged, at most 1024 characters.',
    }),
    codeChallenge: t.string({
      description: 'PKCE challenge (RFC 7636, S256): SHA-256 of the code verifier in base64url, 43 characters.',
    }),
  }),
});

const ExchangeAuthorizationCodeInput = builder.inputType('ExchangeAuthorizationCodeInput', {
  description: 'Input of exchangeAuthorizationCode.',
  fields: (t) => ({
    code: t.string({ required: true, description: 'The code from the query of the redirectUri.' }),
    redirectUri: t.string({ required: true, description: 'The redirectUri that the code was created for.' }),
    codeVerifier: t.string({
      description:
        'PKCE verifier that the codeChallenge was made of, 43 to 128 characters. Leave it out if there was no codeChallenge.',
    }),
  }),
});

const CreateAuthorizationCodeResult = resultUnion({
  name: 'CreateAuthorizationCodeResult',
  description: 'The code, or why none was created.',
  success: AuthorizationCodeType,
  failures: ['REDIRECT_NOT_ALLOWED', 'INVALID_INPUT'],
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
    description:
      'For the login page. Creates a one-time code that an application exchanges for a session of its own; the session of the login page then ends. Fails with the error code UNAUTHENTICATED without the refresh token.',
    args: {
      input: t.arg({
        type: CreateAuthorizationCodeInput,
        required: true,
        description: 'The redirectUri, and what the application sent with it.',
      }),
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
      'For applications. Exchanges the code, once, for a session of the application; the session that created the code ends, so that one sign-in is one session. A second exchange of the same code with the right redirectUri and codeVerifier ends the session that the first one opened, because somebody else may have the code.',
    args: {
      input: t.arg({
        type: ExchangeAuthorizationCodeInput,
        required: true,
        description: 'The code, and the values that prove that it belongs to the application.',
      }),
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
