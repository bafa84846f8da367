import type {
  CancelLoginMutation,
  ClaimLoginMutation,
  ConfirmPhoneChangeMutation,
  CreateAuthorizationCodeMutation,
  DeleteMeMutation,
  DeliveryChannel,
  ExchangeAuthorizationCodeMutation,
  ExportMeMutation,
  MySessionsQuery,
  MySignInsQuery,
  RecognizePhoneQuery,
  RequestOtpMutation,
  RequestPhoneChangeMutation,
  ResendOtpMutation,
  RevokeOtherSessionsMutation,
  RevokeSessionMutation,
  StartWhatsAppLoginMutation,
  UpdateMeMutation,
  VerifyOtpMutation,
} from './generated.js';
import type { Redirect, RedirectCrypto } from './redirect.js';
import type { Print, RequestArguments, RequestDocument } from './request.js';
import type { SessionKeeper } from './session/session-keeper.js';
import type { User } from './session/signed-in.js';
import type { Storage } from './storage.js';
import type { AttemptKey, LoginAttempt } from './watch/attempt.js';

export interface PhonegateOptions {
  /** The gateway's URL, such as `https://login.example.com`. Optional on pages that the gateway itself serves. */
  url?: string;
  /** The id of this application in APPLICATIONS. Required for a sign-in on the gateway's own login page. */
  clientId?: string;
  /** The user's language as a tag (`kk`). Default: the browser's own. */
  locale?: string | (() => string | undefined);
  /**
   * Where the session outlives a reload or restart. Default: `localStorage` in a page, memory elsewhere. With SESSION_COOKIE it
   * holds no token.
   */
  storage?: Storage;
  /** Solves captchas: `withCaptcha` of `@phonegate/client/captcha`. `@phonegate/react` sets it by itself. */
  captcha?: WithCaptcha | undefined;
  /** Replaces the global `fetch`. */
  fetch?: typeof globalThis.fetch;
  /** The WebSocket class of `ws`, for Node before 22, which has none of its own. */
  webSocketImpl?: unknown;
  /** Web Crypto for `createRedirect`, where the platform has none: `getRandomValues` and `subtle.digest`. */
  crypto?: RedirectCrypto;
  /** The `print` of graphql or of @0no-co/graphql.web. `request` needs it for documents of gql.tada and of codegen. */
  print?: Print;
}

/**
 * The gateway's API for clients. Expected results are returned, and distinguished by `__typename`; each refusal has a `code` and a
 * `message` in the user's language. Everything else (no network, a gateway that is down) is thrown as PhonegateError.
 */
export interface Phonegate {
  /** The gateway's URL without a trailing slash. */
  url: string;
  /** Solves captchas. Without it, calls return `CaptchaRequired`. */
  captcha?: WithCaptcha | undefined;
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
  /** The user who is signed in, as the gateway knows them now. @throws PhonegateError UNAUTHENTICATED */
  me(): Promise<User>;
  /** Changes the name or the language; `null` removes it. Also changes `session.current().user`. @throws PhonegateError UNAUTHENTICATED */
  updateMe(input: { name?: string | null; locale?: string | null }): Promise<UpdateMeMutation['updateMe']>;
  /** Sends a code to the user's new phone, within ten minutes of a sign-in. @throws PhonegateError UNAUTHENTICATED */
  requestPhoneChange(input: {
    phone: string;
    channel?: DeliveryChannel;
  }): Promise<RequestPhoneChangeMutation['requestPhoneChange']>;
  /**
   * Exchanges the code for the new phone. Also changes `session.current().user`, and refreshes the access token, which carries
   * the phone. The user's other sessions end. @throws PhonegateError UNAUTHENTICATED
   */
  confirmPhoneChange(input: AttemptKey & { code: string }): Promise<ConfirmPhoneChangeMutation['confirmPhoneChange']>;
  /** The user's sessions, one for each device. @throws PhonegateError UNAUTHENTICATED */
  mySessions(): Promise<MySessionsQuery['mySessions']>;
  /**
   * The attempts to sign in to the user's account, newest first, 20 on a page. `endCursor` is `after` of the next page.
   * @throws PhonegateError UNAUTHENTICATED
   */
  mySignIns(page?: { first?: number; after?: string | null }): Promise<MySignInsQuery['mySignIns']>;
  /** The user's data as the content of a JSON file, within ten minutes of a sign-in on no new device. @throws PhonegateError UNAUTHENTICATED */
  exportMe(): Promise<ExportMeMutation['exportMe']>;
  /**
   * Erases the user for good, within ten minutes of a sign-in, and forgets the session in every tab.
   * @throws PhonegateError UNAUTHENTICATED
   */
  deleteMe(): Promise<DeleteMeMutation['deleteMe']>;
  /** Signs out another device, within ten minutes of a sign-in. @throws PhonegateError UNAUTHENTICATED */
  revokeSession(sessionId: string): Promise<RevokeSessionMutation['revokeSession']>;
  /** Signs out every device except this one, within ten minutes of a sign-in. @throws PhonegateError UNAUTHENTICATED */
  revokeOtherSessions(): Promise<RevokeOtherSessionsMutation['revokeOtherSessions']>;
  /**
   * Opens the gateway's login page, which leads back to `redirectUri` (default: this page). APPLICATIONS must list it.
   * @throws PhonegateError PAGE_REQUIRED outside of a page, CRYPTO_REQUIRED on plain http, CLIENT_ID_REQUIRED
   */
  startRedirect(redirectUri?: string): Promise<void>;
  /**
   * Call it once when the page at `redirectUri` opens. Exchanges the code in the URL for a session, keeps the session, and
   * removes the code from the URL. `undefined` when the user does not come from the login page. Do not call it in a React
   * effect: in development those run twice, and a code can be exchanged once.
   *
   * @throws PhonegateError INVALID_AUTHORIZATION_CODE when the sign-in was not started in this tab, PAGE_REQUIRED
   */
  completeRedirect(): Promise<ExchangeAuthorizationCodeMutation['exchangeAuthorizationCode'] | undefined>;
  /** For a native app, which opens `url` in a browser of its own. @throws PhonegateError CRYPTO_REQUIRED, CLIENT_ID_REQUIRED */
  createRedirect(redirectUri: string): Promise<Redirect>;
  /** Exchanges the code that the login page led back with for a session, and keeps the session. */
  exchangeAuthorizationCode(input: {
    code: string;
    redirectUri: string;
    codeVerifier: string;
  }): Promise<ExchangeAuthorizationCodeMutation['exchangeAuthorizationCode']>;
  /** For a login page: a one-time code, and the URL that takes it to the application. @throws PhonegateError UNAUTHENTICATED */
  createAuthorizationCode(input: {
    clientId: string;
    redirectUri: string;
    state?: string | null | undefined;
    codeChallenge?: string | null | undefined;
    codeChallengeMethod?: string | null | undefined;
  }): Promise<CreateAuthorizationCodeMutation['createAuthorizationCode']>;
  /**
   * Sends an operation of your own, as the user who is signed in, if any. Refreshes the access token where necessary.
   *
   * @throws PhonegateError NETWORK, UNAVAILABLE, the code of the first entry of `errors`, or UNPRINTABLE_DOCUMENT
   */
  request<Data = unknown, Variables = Record<string, unknown>>(
    document: RequestDocument<Data, Variables>,
    ...rest: RequestArguments<Variables>
  ): Promise<Data>;
  /** The gateway's time in milliseconds since 1970, to compare `expiresAt` and `resendAt` with. */
  now(): number;
}

/** The answer `CaptchaRequired` of the gateway. */
export type RequiredCaptcha = Extract<RequestOtpMutation['requestOtp'], { __typename: 'CaptchaRequired' }>;

/** Gets each answer of the gateway. If it is `CaptchaRequired`, sends the request again with a solution, and returns the answer to that. */
export type WithCaptcha = <Answer>(answer: Answer, repeat: (captcha: string) => Promise<Answer>) => Promise<Answer>;

export type RecognizedPhone = NonNullable<RecognizePhoneQuery['recognizePhone']>;
