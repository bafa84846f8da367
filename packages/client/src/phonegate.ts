import { type OffsetStore, createClock } from './clock.js';
import {
  type CancelLoginMutation,
  type ClaimLoginMutation,
  type CreateAuthorizationCodeInput,
  type CreateAuthorizationCodeMutation,
  type DeliveryChannel,
  type Document,
  type ExchangeAuthorizationCodeMutation,
  type MySessionsQuery,
  type RecognizePhoneQuery,
  type RequestOtpMutation,
  type ResendOtpMutation,
  type RevokeOtherSessionsMutation,
  type RevokeSessionMutation,
  type StartWhatsAppLoginMutation,
  type VerifyOtpMutation,
  documents,
} from './generated.js';
import { finishRedirect, startRedirect } from './redirect.js';
import { type Storage, browserStorage } from './session/session-store.js';
import { sendAuthenticated } from './session/authenticated-send.js';
import { type SessionKeeper, createSessionKeeper } from './session/session-keeper.js';
import type { Session } from './session/signed-in.js';
import { createTransport } from './transport.js';
import type { AttemptKey, LoginAttempt } from './watch/attempt.js';
import { watchLogin } from './watch/watch.js';

export interface PhonegateOptions {
  /** The gateway's URL, such as `https://login.example.com`. Optional on pages that the gateway itself serves. */
  url?: string;
  /** The user's language as a tag (`kk`). Default: the browser's own. */
  locale?: string | (() => string | undefined);
  /** Where the session outlives a reload. Default `localStorage`. With SESSION_COOKIE it holds no token. */
  storage?: Storage;
  /** The WebSocket class of `ws`, for Node before 22, which has none of its own. */
  webSocketImpl?: unknown;
}

/**
 * The gateway's API for clients. Expected results are returned, and distinguished by `__typename`; each refusal has a `code` and a
 * `message` in the user's language. Everything else (no network, a gateway that is down) is thrown as PhonegateError.
 */
export interface Phonegate {
  /** The gateway's URL without a trailing slash. */
  url: string;
  /** Sends a code. */
  requestOtp(input: { phone: string; channel?: DeliveryChannel }): Promise<RequestOtpMutation['requestOtp']>;
  /** Sends the same code again; by `channel` if one is given. */
  resendOtp(input: AttemptKey & { channel?: DeliveryChannel }): Promise<ResendOtpMutation['resendOtp']>;
  /** Exchanges the code for a session and keeps it in `session`. */
  verifyOtp(input: AttemptKey & { code: string }): Promise<VerifyOtpMutation['verifyOtp']>;
  /** Starts a login in which the user sends `loginMessage` by WhatsApp. */
  startWhatsAppLogin(): Promise<StartWhatsAppLoginMutation['startWhatsAppLogin']>;
  /**
   * Yields the attempt now, then every change, until a final status (`isFinal`). @throws PhonegateError ATTEMPT_NOT_FOUND
   */
  watchLogin(attempt: AttemptKey, signal?: AbortSignal): AsyncGenerator<LoginAttempt, void, undefined>;
  /** The attempt now; `null` when there is none with this id and secret. */
  loginAttempt(attempt: AttemptKey): Promise<LoginAttempt | null>;
  /** Exchanges a COMPLETED attempt for its session and keeps it in `session`. Can be repeated for 60 seconds. */
  claimLogin(attempt: AttemptKey): Promise<ClaimLoginMutation['claimLogin']>;
  cancelLogin(attempt: AttemptKey): Promise<CancelLoginMutation['cancelLogin']>;
  /** Country and international form of a number that is being typed; `null` when it is not recognized. Cheap: no database. */
  recognizePhone(phone: string): Promise<RecognizedPhone | null>;
  session: SessionKeeper;
  /** The user's sessions, one for each device. @throws PhonegateError UNAUTHENTICATED */
  mySessions(): Promise<MySessionsQuery['mySessions']>;
  /** Signs out another device. @throws PhonegateError UNAUTHENTICATED */
  revokeSession(sessionId: string): Promise<RevokeSessionMutation['revokeSession']>;
  /** Signs out every device except this one. @throws PhonegateError UNAUTHENTICATED */
  revokeOtherSessions(): Promise<RevokeOtherSessionsMutation['revokeOtherSessions']>;
  /**
   * Opens the gateway's login page, which leads back to `redirectUri` (default: this page). It must be one of REDIRECT_URIS.
   */
  startRedirect(redirectUri?: string): Promise<void>;
  /**
   * Call it once when the page at `redirectUri` opens. Exchanges the code in the URL for a session, keeps the session, and
   * removes the code from the URL. `undefined` when the user does not come from the login page. Do not call it in a React
   * effect: in development those run twice, and a code can be exchanged once.
   *
   * @throws PhonegateError INVALID_AUTHORIZATION_CODE when the sign-in was not started in this tab
   */
  completeRedirect(): Promise<ExchangeAuthorizationCodeMutation['exchangeAuthorizationCode'] | undefined>;
  /** For a login page: a one-time code, and the URL that takes it to the application. @throws PhonegateError UNAUTHENTICATED */
  createAuthorizationCode(
    input: Omit<CreateAuthorizationCodeInput, 'refreshToken'>,
  ): Promise<CreateAuthorizationCodeMutation['createAuthorizationCode']>;
  /** The gateway's time in milliseconds since 1970, to compare `expiresAt` and `resendAt` with. */
  now(): number;
}

export type RecognizedPhone = NonNullable<RecognizePhoneQuery['recognizePhone']>;

export function createPhonegate(options: PhonegateOptions = {}): Phonegate {
  const url = gatewayUrl(options.url);
  const { locale, webSocketImpl, storage = browserStorage() } = options;
  const clock = createClock({ store: createOffsetStore({ storage, key: `phonegate:clock:${url}` }) });
  const transport = createTransport({
    url,
    locale: typeof locale === 'function' ? locale : () => locale,
    clock,
    webSocketImpl,
  });
  const session = createSessionKeeper({ transport, url, storage });
  const { send } = transport;

  /** Keeps the session if the answer is one. */
  function keepSession<Answer extends { __typename: string }>(answer: Answer | ({ __typename: 'Session' } & Session)) {
    if (answer.__typename === 'Session') session.keep(answer as Session);
    return answer as Answer;
  }

  const sendAsUser = <Data, Variables>(document: Document<Data, Variables>, variables: Variables) =>
    sendAuthenticated(document, variables, { transport, accessToken: session.accessToken });

  // Callers pass attempts as they were answered. The gateway refuses fields that its input does not have.
  return {
    url,
    session,
    now: clock.now,
    requestOtp: async ({ phone, channel }) => {
      const input = { phone, channel, locale: transport.locale() };
      return (await send(documents.RequestOtp, { input })).requestOtp;
    },
    resendOtp: async ({ attemptId, secret, channel }) => {
      const input = { attemptId, secret, channel };
      return (await send(documents.ResendOtp, { input })).resendOtp;
    },
    verifyOtp: async ({ attemptId, secret, code }) => {
      const input = { attemptId, secret, code };
      return keepSession((await send(documents.VerifyOtp, { input })).verifyOtp);
    },
    startWhatsAppLogin: async () => {
      const input = { locale: transport.locale() };
      return (await send(documents.StartWhatsAppLogin, { input })).startWhatsAppLogin;
    },
    watchLogin: ({ attemptId, secret }, signal) =>
      watchLogin({ attempt: { attemptId, secret }, signal }, { transport }),
    loginAttempt: async ({ attemptId, secret }) =>
      (await send(documents.LoginAttempt, { attemptId, secret })).loginAttempt,
    claimLogin: async ({ attemptId, secret }) => {
      const input = { attemptId, secret };
      return keepSession((await send(documents.ClaimLogin, { input })).claimLogin);
    },
    cancelLogin: async ({ attemptId, secret }) => {
      const input = { attemptId, secret };
      return (await send(documents.CancelLogin, { input })).cancelLogin;
    },
    recognizePhone: async (phone) => (await send(documents.RecognizePhone, { phone })).recognizePhone,
    startRedirect: async (redirectUri = location.origin + location.pathname) =>
      location.assign(await startRedirect(url, redirectUri)),
    completeRedirect: async () => {
      const input = finishRedirect();
      return (
        input && keepSession((await send(documents.ExchangeAuthorizationCode, { input })).exchangeAuthorizationCode)
      );
    },
    createAuthorizationCode: async ({ redirectUri, state, codeChallenge }) => {
      await session.restore();
      const input = { redirectUri, state, codeChallenge, refreshToken: session.refreshToken() };
      return (await sendAsUser(documents.CreateAuthorizationCode, { input })).createAuthorizationCode;
    },
    mySessions: async () => (await sendAsUser(documents.MySessions, {})).mySessions,
    revokeSession: async (sessionId) => {
      const input = { sessionId };
      return (await sendAsUser(documents.RevokeSession, { input })).revokeSession;
    },
    revokeOtherSessions: async () => (await sendAsUser(documents.RevokeOtherSessions, {})).revokeOtherSessions,
  };
}

/** Without a trailing slash, query and fragment: the URL is part of the keys in storage, so it must be spelled one way. */
function gatewayUrl(url: string | undefined): string {
  const page = typeof location === 'undefined' ? undefined : location.href;
  if (url === undefined && page === undefined) throw new TypeError('Outside of a page createPhonegate needs a url.');
  const { origin, pathname } = new URL(url ?? '/', page);
  return `${origin}${pathname}`.replace(/\/+$/, '');
}

function createOffsetStore({ storage, key }: { storage: Storage; key: string }): OffsetStore {
  return {
    read() {
      try {
        return Number(storage.getItem(key)) || 0;
      } catch {
        return 0; // storage is forbidden
      }
    },
    write(offsetMs) {
      try {
        storage.setItem(key, String(Math.round(offsetMs)));
      } catch {
        // Storage is forbidden: each visit learns the offset anew.
      }
    },
  };
}
