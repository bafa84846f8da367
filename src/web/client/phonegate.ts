import { type KeptOffset, createClock } from './clock.js';
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
import { beginRedirect, endRedirect } from './redirect.js';
import { type Storage, browserStorage } from './session/session-store.js';
import { type Session, type SessionKeeper, createSessionKeeper } from './session/session.js';
import { sendSigned } from './session/authenticated-send.js';
import { createTransport } from './transport.js';
import { type AttemptKey, type LoginAttempt, watchLogin } from './watch/watch.js';

export interface PhonegateOptions {
  /** The gateway's address, such as `https://login.example.com`. A page that the gateway itself serves leaves it out. */
  url?: string;
  /** The language to speak to the person, as a tag (`kk`). The browser's own, unless given. */
  locale?: string | (() => string | undefined);
  /** Where the session outlives a reload; `localStorage` unless given. With SESSION_COOKIE no token is put there. */
  storage?: Storage;
  /** For Node before 22, which has no WebSocket of its own: that of `ws`. */
  webSocketImpl?: unknown;
}

/**
 * Everything a client asks of the gateway. What is expected is an answer, told apart by `__typename`; each failure has a
 * `code` and a `message` in the person's language. What is not (no network, a gateway that is down) is thrown, as
 * PhonegateError.
 */
export interface Phonegate {
  /** The gateway's address, without a slash at its end. */
  url: string;
  /** Sends a code. */
  requestOtp(input: { phone: string; channel?: DeliveryChannel }): Promise<RequestOtpMutation['requestOtp']>;
  /** Sends the same code again, over another channel if one is named. */
  resendOtp(input: AttemptKey & { channel?: DeliveryChannel }): Promise<ResendOtpMutation['resendOtp']>;
  /** Exchanges the code for a session, and keeps it. */
  verifyOtp(input: AttemptKey & { code: string }): Promise<VerifyOtpMutation['verifyOtp']>;
  startWhatsAppLogin(): Promise<StartWhatsAppLoginMutation['startWhatsAppLogin']>;
  /** The attempt now, and every change, until a final state; see `isFinal`. */
  watchLogin(attempt: AttemptKey, signal?: AbortSignal): AsyncGenerator<LoginAttempt, void, undefined>;
  /** The attempt now. */
  loginAttempt(attempt: AttemptKey): Promise<LoginAttempt | null>;
  /** Exchanges a COMPLETED attempt for its session, and keeps it. May be repeated for a minute. */
  claimLogin(attempt: AttemptKey): Promise<ClaimLoginMutation['claimLogin']>;
  cancelLogin(attempt: AttemptKey): Promise<CancelLoginMutation['cancelLogin']>;
  /** What the gateway makes of a number that is being typed; it asks no database. */
  recognizePhone(phone: string): Promise<RecognizedPhone | null>;
  session: SessionKeeper;
  /** The devices of whoever is signed in. @throws PhonegateError UNAUTHENTICATED */
  mySessions(): Promise<MySessionsQuery['mySessions']>;
  /** Signs another device out. @throws PhonegateError UNAUTHENTICATED */
  revokeSession(sessionId: string): Promise<RevokeSessionMutation['revokeSession']>;
  /** Signs all devices out but this one. @throws PhonegateError UNAUTHENTICATED */
  revokeOtherSessions(): Promise<RevokeOtherSessionsMutation['revokeOtherSessions']>;
  /**
   * Sends the person to the gateway's login page, which leads back to `redirectUri` (this page, unless given): it must be
   * one of REDIRECT_URIS.
   */
  startRedirect(redirectUri?: string): Promise<void>;
  /**
   * Call it when the page at `redirectUri` opens: exchanges the code in its address for a session, keeps that, and takes the
   * code out of the address. `undefined` when nobody comes from the login page. Not in a React effect: those run twice in
   * development, and a code is good for one exchange.
   *
   * @throws PhonegateError INVALID_AUTHORIZATION_CODE when the answer is to a question that was not asked in this tab
   */
  completeRedirect(): Promise<ExchangeAuthorizationCodeMutation['exchangeAuthorizationCode'] | undefined>;
  /** For a login page: a one-time code, and the address that takes it to an application. @throws PhonegateError UNAUTHENTICATED */
  createAuthorizationCode(
    input: Omit<CreateAuthorizationCodeInput, 'refreshToken'>,
  ): Promise<CreateAuthorizationCodeMutation['createAuthorizationCode']>;
  /** The gateway's time, in milliseconds since 1970: what `expiresAt` and `resendAt` go by. */
  now(): number;
}

export type RecognizedPhone = NonNullable<RecognizePhoneQuery['recognizePhone']>;

export function createPhonegate(options: PhonegateOptions = {}): Phonegate {
  const url = addressOf(options.url);
  const { locale, webSocketImpl, storage = browserStorage() } = options;
  const clock = createClock(Date.now, keptOffset(storage, `phonegate:clock:${url}`));
  const transport = createTransport({
    url,
    locale: typeof locale === 'function' ? locale : () => locale,
    clock,
    webSocketImpl,
  });
  const session = createSessionKeeper({ transport, url, storage });
  const { send } = transport;

  /** Keeps the session where the answer is one. */
  function keeping<Answer extends { __typename: string }>(answer: Answer | ({ __typename: 'Session' } & Session)) {
    if (answer.__typename === 'Session') session.keep(answer as Session);
    return answer as Answer;
  }

  /** As whoever is signed in. */
  const sendAsPerson = <Data, Variables>(document: Document<Data, Variables>, variables: Variables) =>
    sendSigned({ transport, accessToken: session.accessToken }, document, variables);

  // An attempt is taken as it was answered, with all its fields; the gateway takes only those of its input.
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
      return keeping((await send(documents.VerifyOtp, { input })).verifyOtp);
    },
    startWhatsAppLogin: async () => {
      const input = { locale: transport.locale() };
      return (await send(documents.StartWhatsAppLogin, { input })).startWhatsAppLogin;
    },
    watchLogin: ({ attemptId, secret }, signal) => watchLogin({ attemptId, secret }, transport, signal),
    loginAttempt: async ({ attemptId, secret }) =>
      (await send(documents.LoginAttempt, { attemptId, secret })).loginAttempt,
    claimLogin: async ({ attemptId, secret }) => {
      const input = { attemptId, secret };
      return keeping((await send(documents.ClaimLogin, { input })).claimLogin);
    },
    cancelLogin: async ({ attemptId, secret }) => {
      const input = { attemptId, secret };
      return (await send(documents.CancelLogin, { input })).cancelLogin;
    },
    recognizePhone: async (phone) => (await send(documents.RecognizePhone, { phone })).recognizePhone,
    startRedirect: async (redirectUri = location.origin + location.pathname) =>
      location.assign(await beginRedirect(url, redirectUri)),
    completeRedirect: async () => {
      const input = endRedirect();
      return input && keeping((await send(documents.ExchangeAuthorizationCode, { input })).exchangeAuthorizationCode);
    },
    createAuthorizationCode: async ({ redirectUri, state, codeChallenge }) => {
      await session.restore();
      const input = { redirectUri, state, codeChallenge, refreshToken: session.refreshToken() };
      return (await sendAsPerson(documents.CreateAuthorizationCode, { input })).createAuthorizationCode;
    },
    mySessions: async () => (await sendAsPerson(documents.MySessions, {})).mySessions,
    revokeSession: async (sessionId) => {
      const input = { sessionId };
      return (await sendAsPerson(documents.RevokeSession, { input })).revokeSession;
    },
    revokeOtherSessions: async () => (await sendAsPerson(documents.RevokeOtherSessions, {})).revokeOtherSessions,
  };
}

/** The gateway's address without a slash at its end: one name for it, whoever writes it how. */
function addressOf(url: string | undefined): string {
  const page = typeof location === 'undefined' ? undefined : location.href;
  if (url === undefined && page === undefined) throw new TypeError('Outside of a page createPhonegate needs a url.');
  const { origin, pathname } = new URL(url ?? '/', page);
  return `${origin}${pathname}`.replace(/\/+$/, '');
}

function keptOffset(storage: Storage, key: string): KeptOffset {
  return {
    read() {
      try {
        return Number(storage.getItem(key)) || 0;
      } catch {
        return 0; // storage is forbidden
      }
    },
    write(ahead) {
      try {
        storage.setItem(key, String(Math.round(ahead)));
      } catch {
        // As above: then each visit learns it anew.
      }
    },
  };
}
