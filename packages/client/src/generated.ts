// Made by scripts/generate-client.mjs from schema.graphql and operations.graphql. Do not edit.
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** The attempt to end. */
type CancelLoginInput = {
  /** UUID of the attempt. */
  attemptId: string;
  /** Secret of the attempt. */
  secret: string;
};

/** Who makes a captcha. */
export type CaptchaProvider =
  /** The gateway: a proof of work, which a program solves without the user. */
  | 'ALTCHA'
  /** The widget of hCaptcha. Show it with siteKey. */
  | 'HCAPTCHA'
  /** Cloudflare Turnstile. Show its widget with siteKey. */
  | 'TURNSTILE';

/** The attempt to exchange for its session. */
type ClaimLoginInput = {
  /** UUID of the attempt. */
  attemptId: string;
  /** The deviceToken of the last sign-in of this client, or those of its last users: up to five, newest first, one after the other. Default: from the cookie. */
  deviceToken?: string | null | undefined;
  /** Secret of the attempt. */
  secret: string;
};

/** How far a message with a code has come, as the client of the attempt sees it. It never says whether the message was read. */
export type CodeDeliveryStatus =
  /** The message is on the phone. It is shown up to six seconds later. */
  | 'DELIVERED'
  /** The provider refused the message or gave up on it. */
  | 'FAILED'
  /** The gateway is about to give the message to the provider. */
  | 'QUEUED'
  /** The provider accepted the message. */
  | 'SENT';

/** The session, and the values that the application sent to the login page. */
type CreateAuthorizationCodeInput = {
  /** ID of the application in APPLICATIONS: its client_id. */
  clientId: string;
  /** PKCE challenge (RFC 7636, S256): SHA-256 of the code verifier in base64url, 43 characters. Without it no code is created (CODE_CHALLENGE_REQUIRED). */
  codeChallenge?: string | null | undefined;
  /** The code_challenge_method of the application. Default S256, which is the only accepted one. */
  codeChallengeMethod?: string | null | undefined;
  /** One of the URIs that APPLICATIONS lists for the clientId, compared character by character. */
  redirectUri: string;
  /** Refresh token of the session. It stays valid. Default: from the cookie. An access token is not accepted, because backends receive access tokens. */
  refreshToken?: string | null | undefined;
  /** Text that is returned to the application unchanged, at most 1024 characters. */
  state?: string | null | undefined;
};

/** One way to a phone through one provider. */
export type DeliveryChannel =
  /** The log of the gateway. Available in development only. */
  | 'CONSOLE'
  /** WhatsApp through Green API. */
  | 'GREEN_API'
  /** MAX through Green API. */
  | 'GREEN_API_MAX'
  /** A provider that the operator has described, mostly of SMS. */
  | 'HTTP'
  /** A call through Kavenegar, which reads the code out. */
  | 'KAVENEGAR_CALL'
  /** Plain SMS through Kavenegar. */
  | 'KAVENEGAR_SMS'
  /** SMS through Kavenegar with a verify template. */
  | 'KAVENEGAR_VERIFY'
  /** SMS through Melipayamak with an approved pattern. */
  | 'MELIPAYAMAK'
  /** Telegram, through Telegram's Gateway API. */
  | 'TELEGRAM_GATEWAY'
  /** SMS through Twilio. */
  | 'TWILIO'
  /** A call through Twilio, which reads the code out. */
  | 'TWILIO_CALL'
  /** WhatsApp through Meta's Cloud API. */
  | 'WHATSAPP_CLOUD';

/** The codes of all errors. Programs switch on the code; a code never changes its meaning. */
export type ErrorCode =
  | 'ALREADY_WATCHED'
  | 'ATTEMPT_CLOSED'
  | 'ATTEMPT_NOT_COMPLETED'
  | 'ATTEMPT_NOT_FOUND'
  | 'CAPTCHA_REQUIRED'
  | 'CODE_CHALLENGE_REQUIRED'
  | 'CONFIRMATION_REQUIRED'
  | 'CSRF_HEADER_MISSING'
  | 'DELIVERY_FAILED'
  | 'DEVICE_TOO_NEW'
  | 'FORBIDDEN'
  | 'FRESH_SIGN_IN_REQUIRED'
  | 'GATEWAY_TOKEN_REQUIRED'
  | 'INCORRECT_CODE'
  | 'INVALID_AUTHORIZATION_CODE'
  | 'INVALID_INPUT'
  | 'INVALID_PHONE_NUMBER'
  | 'INVALID_REFRESH_TOKEN'
  | 'LAST_ADMIN'
  | 'METHOD_UNAVAILABLE'
  | 'PHONE_NOT_ALLOWED'
  | 'PHONE_TAKEN'
  | 'RATE_LIMITED'
  | 'READ_TIMED_OUT'
  | 'REDIRECT_NOT_ALLOWED'
  | 'SESSION_NOT_FOUND'
  | 'TEMPLATE_NOT_FOUND'
  | 'UNAUTHENTICATED'
  | 'USER_NOT_FOUND';

/** A code, and the values that prove that it belongs to the application. */
type ExchangeAuthorizationCodeInput = {
  /** The clientId that the code was created for. */
  clientId: string;
  /** The code from the query of the redirectUri. */
  code: string;
  /** PKCE code verifier (RFC 7636) of the codeChallenge, 43 to 128 characters. */
  codeVerifier: string;
  /** The redirectUri that the code was created for. */
  redirectUri: string;
};

/** Why a login attempt has the status FAILED. */
export type FailureReason =
  /** WhatsApp hides the phone number of the sender. The user can sign in with a code. */
  | 'PHONE_HIDDEN'
  /** Too many wrong codes or confirmation numbers were submitted. */
  | 'TOO_MANY_TRIES'
  /** No channel accepted the message with the code. */
  | 'UNDELIVERABLE'
  /** The user is blocked. */
  | 'USER_BLOCKED'
  /** No user has this phone number, and sign-up is closed. */
  | 'USER_NOT_FOUND';

/** Status of a login attempt. */
export type LoginAttemptStatus =
  /** The client canceled the attempt, or the user answered NO by WhatsApp. */
  | 'CANCELED'
  /** The attempt was exchanged for a session. */
  | 'CLAIMED'
  /** The phone is proven. Call claimLogin within a minute to get the session. */
  | 'COMPLETED'
  /** The WhatsApp message arrived. The user must send back the number that the screen shows. */
  | 'CONFIRMING'
  /** The time of the attempt ran out. */
  | 'EXPIRED'
  /** The attempt failed. See failureReason. */
  | 'FAILED'
  /** The attempt waits for its proof: the code or the WhatsApp message. */
  | 'PENDING';

/** How a user proves that a phone number is theirs. */
export type LoginMethod =
  /** The user types a one-time code that was sent to the phone. */
  | 'OTP'
  /** The user sends a WhatsApp message from the phone to the gateway. */
  | 'WHATSAPP';

/** The refresh token to exchange. */
type RefreshSessionInput = {
  /** Refresh token of the session. Default: from the cookie. */
  refreshToken?: string | null | undefined;
};

/** The phone number to send a code to. requestPhoneChange ignores deviceToken. */
type RequestOtpInput = {
  /** Only after CaptchaRequired: the solution. For ALTCHA, JSON with the fields challenge (as you received it) and solution (counter, derivedKey), or the same in base64, as altcha’s own widget makes it. For TURNSTILE and HCAPTCHA, the challenge, a dot, and the token of the widget. */
  captcha?: string | null | undefined;
  /** Channel to try first. Ignored if the route of the phone does not contain it. */
  channel?: DeliveryChannel | null | undefined;
  /** The deviceToken of the last sign-in of this client, or those of its last users: up to five, newest first, one after the other. Default: from the cookie. A client that has signed in with this phone before has limits of its own. */
  deviceToken?: string | null | undefined;
  /** A new random text for each request, such as a UUID. If the answer is lost, repeat the request with the same key and phone: it sends nothing and returns the same attempt with its secret, until the attempt expires. After the right code of an attempt with a second step it returns AttemptClosed. 32 to 128 letters, digits, dashes and underscores. Keep it secret. */
  idempotencyKey?: string | null | undefined;
  /** Language of the message and of errors: en, ru, kk, ky or fa. Default: from Accept-Language. */
  locale?: string | null | undefined;
  /** Phone number in any spelling: +7 701 000 00 02, 8 701…, 0700…, 00996…, with Persian or Arabic digits. */
  phone: string;
};

/** The attempt whose code to send again. */
type ResendOtpInput = {
  /** UUID of the attempt. */
  attemptId: string;
  /** Channel to try first. Ignored if the route of the phone does not contain it. */
  channel?: DeliveryChannel | null | undefined;
  /** Secret of the attempt. */
  secret: string;
};

/** The session to end. */
type RevokeSessionInput = {
  /** UUID of one of the sessions in mySessions, or its id there. */
  sessionId: string;
};

/** How an attempt to sign in to an account ended. */
export type SignInOutcome =
  /** The user signed in, and the session has ended since. */
  | 'ENDED'
  /** Wrong codes were submitted, the attempt failed (see failureReason), or the user answered NO by WhatsApp. */
  | 'REFUSED'
  /** The user signed in, and the session is open. */
  | 'SIGNED_IN'
  /** The phone was not proven: the attempt was canceled, has expired or is still open. */
  | 'UNFINISHED';

/** Options of the login. */
type StartWhatsAppLoginInput = {
  /** Only after CaptchaRequired: the solution. For ALTCHA, JSON with the fields challenge (as you received it) and solution (counter, derivedKey), or the same in base64, as altcha’s own widget makes it. For TURNSTILE and HCAPTCHA, the challenge, a dot, and the token of the widget. */
  captcha?: string | null | undefined;
  /** Language of the gateway’s WhatsApp messages and of errors: en, ru, kk, ky or fa. Default: from Accept-Language. */
  locale?: string | null | undefined;
};

/** The fields to change. A field that is left out keeps its value. */
type UpdateMeInput = {
  /** New language: en, ru, kk, ky or fa; null removes it. */
  locale?: string | null | undefined;
  /** New name, 1 to 100 characters; null removes it. */
  name?: string | null | undefined;
};

/** An attempt and the code that the user typed. confirmPhoneChange ignores deviceToken and captcha. */
type VerifyOtpInput = {
  /** UUID of the attempt. */
  attemptId: string;
  /** Only after CaptchaRequired: the solution. For ALTCHA, JSON with the fields challenge (as you received it) and solution (counter, derivedKey), or the same in base64, as altcha’s own widget makes it. For TURNSTILE and HCAPTCHA, the challenge, a dot, and the token of the widget. */
  captcha?: string | null | undefined;
  /** The code as the user typed it. Persian and Arabic digits, spaces and dashes are accepted. */
  code: string;
  /** The deviceToken of the last sign-in of this client, or those of its last users: up to five, newest first, one after the other. Default: from the cookie. */
  deviceToken?: string | null | undefined;
  /** Secret of the attempt. */
  secret: string;
};

export type SessionOfClientFragment = { id: string, accessToken: string, accessTokenExpiresAt: string, gatewayToken: string, refreshToken: string, refreshTokenExpiresAt: string, deviceToken: string | null, user: { id: string, phone: string, name: string | null, role: string, locale: string | null, createdAt: string } };

export type UserOfClientFragment = { id: string, phone: string, name: string | null, role: string, locale: string | null, createdAt: string };

export type AttemptFragment = { id: string, method: LoginMethod, status: LoginAttemptStatus, expiresAt: string, confirmationNumber: string | null, confirmationTriesLeft: number | null, failureReason: FailureReason | null, delivery: { channel: DeliveryChannel, status: CodeDeliveryStatus, previousChannels: Array<DeliveryChannel> } | null };

type RequestOtpMutationVariables = Exact<{
  input: RequestOtpInput;
}>;


export type RequestOtpMutation = { requestOtp:
    | { __typename: 'AttemptClosed', code: ErrorCode, message: string }
    | { __typename: 'AttemptNotFound', code: ErrorCode, message: string }
    | { __typename: 'CaptchaRequired', code: ErrorCode, message: string, provider: CaptchaProvider, siteKey: string | null, challenge: string }
    | { __typename: 'DeliveryFailed', code: ErrorCode, message: string }
    | { __typename: 'InvalidInput', code: ErrorCode, message: string }
    | { __typename: 'InvalidPhoneNumber', code: ErrorCode, message: string }
    | { __typename: 'OtpRequested', attemptId: string, secret: string, maskedPhone: string, channel: DeliveryChannel, channels: Array<DeliveryChannel>, expiresAt: string, resendAt: string, codeLength: number }
    | { __typename: 'PhoneNotAllowed', code: ErrorCode, message: string }
    | { __typename: 'RateLimited', code: ErrorCode, message: string, retryAfterSeconds: number }
   };

type ResendOtpMutationVariables = Exact<{
  input: ResendOtpInput;
}>;


export type ResendOtpMutation = { resendOtp:
    | { __typename: 'AttemptClosed', code: ErrorCode, message: string, status: LoginAttemptStatus, failureReason: FailureReason | null }
    | { __typename: 'AttemptNotFound', code: ErrorCode, message: string }
    | { __typename: 'CaptchaRequired', code: ErrorCode, message: string }
    | { __typename: 'DeliveryFailed', code: ErrorCode, message: string }
    | { __typename: 'InvalidInput', code: ErrorCode, message: string }
    | { __typename: 'InvalidPhoneNumber', code: ErrorCode, message: string }
    | { __typename: 'OtpRequested', attemptId: string, secret: string, maskedPhone: string, channel: DeliveryChannel, channels: Array<DeliveryChannel>, expiresAt: string, resendAt: string, codeLength: number }
    | { __typename: 'PhoneNotAllowed', code: ErrorCode, message: string }
    | { __typename: 'RateLimited', code: ErrorCode, message: string, retryAfterSeconds: number }
   };

type VerifyOtpMutationVariables = Exact<{
  input: VerifyOtpInput;
}>;


export type VerifyOtpMutation = { verifyOtp:
    | { __typename: 'AttemptClosed', code: ErrorCode, message: string, status: LoginAttemptStatus, failureReason: FailureReason | null }
    | { __typename: 'AttemptNotFound', code: ErrorCode, message: string }
    | { __typename: 'CaptchaRequired', code: ErrorCode, message: string, provider: CaptchaProvider, siteKey: string | null, challenge: string }
    | { __typename: 'ConfirmationRequired', code: ErrorCode, message: string }
    | { __typename: 'IncorrectCode', code: ErrorCode, message: string, triesLeft: number }
    | { __typename: 'RateLimited', code: ErrorCode, message: string, retryAfterSeconds: number }
    | { __typename: 'Session', id: string, accessToken: string, accessTokenExpiresAt: string, gatewayToken: string, refreshToken: string, refreshTokenExpiresAt: string, deviceToken: string | null, user: { id: string, phone: string, name: string | null, role: string, locale: string | null, createdAt: string } }
   };

type StartWhatsAppLoginMutationVariables = Exact<{
  input?: StartWhatsAppLoginInput | null | undefined;
}>;


export type StartWhatsAppLoginMutation = { startWhatsAppLogin:
    | { __typename: 'CaptchaRequired', code: ErrorCode, message: string, provider: CaptchaProvider, siteKey: string | null, challenge: string }
    | { __typename: 'MethodUnavailable', code: ErrorCode, message: string }
    | { __typename: 'RateLimited', code: ErrorCode, message: string, retryAfterSeconds: number }
    | { __typename: 'WhatsAppLogin', attemptId: string, secret: string, expiresAt: string, loginMessage: string, qrPayload: string }
   };

type ClaimLoginMutationVariables = Exact<{
  input: ClaimLoginInput;
}>;


export type ClaimLoginMutation = { claimLogin:
    | { __typename: 'AttemptClosed', code: ErrorCode, message: string, status: LoginAttemptStatus, failureReason: FailureReason | null }
    | { __typename: 'AttemptNotCompleted', code: ErrorCode, message: string }
    | { __typename: 'AttemptNotFound', code: ErrorCode, message: string }
    | { __typename: 'Session', id: string, accessToken: string, accessTokenExpiresAt: string, gatewayToken: string, refreshToken: string, refreshTokenExpiresAt: string, deviceToken: string | null, user: { id: string, phone: string, name: string | null, role: string, locale: string | null, createdAt: string } }
   };

type CancelLoginMutationVariables = Exact<{
  input: CancelLoginInput;
}>;


export type CancelLoginMutation = { cancelLogin:
    | { __typename: 'AttemptClosed', code: ErrorCode, message: string, status: LoginAttemptStatus, failureReason: FailureReason | null }
    | { __typename: 'AttemptNotFound', code: ErrorCode, message: string }
    | { __typename: 'LoginAttempt', id: string, method: LoginMethod, status: LoginAttemptStatus, expiresAt: string, confirmationNumber: string | null, confirmationTriesLeft: number | null, failureReason: FailureReason | null, delivery: { channel: DeliveryChannel, status: CodeDeliveryStatus, previousChannels: Array<DeliveryChannel> } | null }
   };

type RefreshSessionMutationVariables = Exact<{
  input?: RefreshSessionInput | null | undefined;
}>;


export type RefreshSessionMutation = { refreshSession:
    | { __typename: 'InvalidRefreshToken', code: ErrorCode, message: string }
    | { __typename: 'Session', id: string, accessToken: string, accessTokenExpiresAt: string, gatewayToken: string, refreshToken: string, refreshTokenExpiresAt: string, deviceToken: string | null, user: { id: string, phone: string, name: string | null, role: string, locale: string | null, createdAt: string } }
   };

type SignOutMutationVariables = Exact<{ [key: string]: never; }>;


export type SignOutMutation = { signOut: { __typename: 'SignedOut' } };

type RevokeSessionMutationVariables = Exact<{
  input: RevokeSessionInput;
}>;


export type RevokeSessionMutation = { revokeSession:
    | { __typename: 'FreshSignInRequired', code: ErrorCode, message: string }
    | { __typename: 'SessionNotFound', code: ErrorCode, message: string }
    | { __typename: 'SessionRevoked', sessionId: string }
   };

type ExportMeMutationVariables = Exact<{ [key: string]: never; }>;


export type ExportMeMutation = { exportMe:
    | { __typename: 'AccountExport', json: string }
    | { __typename: 'DeviceTooNew', code: ErrorCode, message: string }
    | { __typename: 'FreshSignInRequired', code: ErrorCode, message: string }
    | { __typename: 'RateLimited', code: ErrorCode, message: string }
   };

type DeleteMeMutationVariables = Exact<{ [key: string]: never; }>;


export type DeleteMeMutation = { deleteMe:
    | { __typename: 'AccountDeleted' }
    | { __typename: 'DeviceTooNew', code: ErrorCode, message: string }
    | { __typename: 'FreshSignInRequired', code: ErrorCode, message: string }
    | { __typename: 'LastAdmin', code: ErrorCode, message: string }
   };

type RevokeOtherSessionsMutationVariables = Exact<{ [key: string]: never; }>;


export type RevokeOtherSessionsMutation = { revokeOtherSessions:
    | { __typename: 'FreshSignInRequired', code: ErrorCode, message: string }
    | { __typename: 'OtherSessionsRevoked', count: number }
   };

type LoginAttemptQueryVariables = Exact<{
  attemptId: string;
  secret: string;
}>;


export type LoginAttemptQuery = { loginAttempt: { id: string, method: LoginMethod, status: LoginAttemptStatus, expiresAt: string, confirmationNumber: string | null, confirmationTriesLeft: number | null, failureReason: FailureReason | null, delivery: { channel: DeliveryChannel, status: CodeDeliveryStatus, previousChannels: Array<DeliveryChannel> } | null } | null };

type MySessionsQueryVariables = Exact<{ [key: string]: never; }>;


export type MySessionsQuery = { mySessions: Array<{ id: string, sessionId: string, device: string, ipAddress: string | null, location: string | null, current: boolean, startedAt: string, lastSeenAt: string, expiresAt: string }> };

type MySignInsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type MySignInsQuery = { mySignIns: { edges: Array<{ node: { id: string, sessionId: string | null, device: string, ipAddress: string | null, location: string | null, at: string, method: LoginMethod, outcome: SignInOutcome, failureReason: FailureReason | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

type LoginAttemptStatusSubscriptionVariables = Exact<{
  attemptId: string;
  secret: string;
}>;


export type LoginAttemptStatusSubscription = { loginAttemptStatus: { id: string, method: LoginMethod, status: LoginAttemptStatus, expiresAt: string, confirmationNumber: string | null, confirmationTriesLeft: number | null, failureReason: FailureReason | null, delivery: { channel: DeliveryChannel, status: CodeDeliveryStatus, previousChannels: Array<DeliveryChannel> } | null } };

type RecognizePhoneQueryVariables = Exact<{
  phone: string;
}>;


export type RecognizePhoneQuery = { recognizePhone: { country: string | null, international: string, complete: boolean } | null };

type CreateAuthorizationCodeMutationVariables = Exact<{
  input: CreateAuthorizationCodeInput;
}>;


export type CreateAuthorizationCodeMutation = { createAuthorizationCode:
    | { __typename: 'AuthorizationCode', redirectTo: string, expiresAt: string }
    | { __typename: 'CodeChallengeRequired', code: ErrorCode, message: string }
    | { __typename: 'InvalidInput', code: ErrorCode, message: string, field: string }
    | { __typename: 'RedirectNotAllowed', code: ErrorCode, message: string }
   };

type ExchangeAuthorizationCodeMutationVariables = Exact<{
  input: ExchangeAuthorizationCodeInput;
}>;


export type ExchangeAuthorizationCodeMutation = { exchangeAuthorizationCode:
    | { __typename: 'InvalidAuthorizationCode', code: ErrorCode, message: string }
    | { __typename: 'Session', id: string, accessToken: string, accessTokenExpiresAt: string, gatewayToken: string, refreshToken: string, refreshTokenExpiresAt: string, deviceToken: string | null, user: { id: string, phone: string, name: string | null, role: string, locale: string | null, createdAt: string } }
   };

type MeQueryVariables = Exact<{ [key: string]: never; }>;


export type MeQuery = { me: { id: string, phone: string, name: string | null, role: string, locale: string | null, createdAt: string } | null };

type UpdateMeMutationVariables = Exact<{
  input: UpdateMeInput;
}>;


export type UpdateMeMutation = { updateMe:
    | { __typename: 'InvalidInput', code: ErrorCode, message: string, field: string }
    | { __typename: 'User', id: string, phone: string, name: string | null, role: string, locale: string | null, createdAt: string }
   };

type RequestPhoneChangeMutationVariables = Exact<{
  input: RequestOtpInput;
}>;


export type RequestPhoneChangeMutation = { requestPhoneChange:
    | { __typename: 'CaptchaRequired', code: ErrorCode, message: string, provider: CaptchaProvider, siteKey: string | null, challenge: string }
    | { __typename: 'DeliveryFailed', code: ErrorCode, message: string }
    | { __typename: 'DeviceTooNew', code: ErrorCode, message: string }
    | { __typename: 'FreshSignInRequired', code: ErrorCode, message: string }
    | { __typename: 'InvalidInput', code: ErrorCode, message: string }
    | { __typename: 'InvalidPhoneNumber', code: ErrorCode, message: string }
    | { __typename: 'OtpRequested', attemptId: string, secret: string, maskedPhone: string, channel: DeliveryChannel, channels: Array<DeliveryChannel>, expiresAt: string, resendAt: string, codeLength: number }
    | { __typename: 'PhoneNotAllowed', code: ErrorCode, message: string }
    | { __typename: 'RateLimited', code: ErrorCode, message: string, retryAfterSeconds: number }
   };

type ConfirmPhoneChangeMutationVariables = Exact<{
  input: VerifyOtpInput;
}>;


export type ConfirmPhoneChangeMutation = { confirmPhoneChange:
    | { __typename: 'AttemptClosed', code: ErrorCode, message: string, status: LoginAttemptStatus, failureReason: FailureReason | null }
    | { __typename: 'AttemptNotFound', code: ErrorCode, message: string }
    | { __typename: 'DeviceTooNew', code: ErrorCode, message: string }
    | { __typename: 'IncorrectCode', code: ErrorCode, message: string, triesLeft: number }
    | { __typename: 'PhoneTaken', code: ErrorCode, message: string }
    | { __typename: 'RateLimited', code: ErrorCode, message: string, retryAfterSeconds: number }
    | { __typename: 'User', id: string, phone: string, name: string | null, role: string, locale: string | null, createdAt: string }
   };

/** A document, with the types of what it answers and takes. */
export type Document<Data, Variables> = string & { readonly types?: (variables: Variables) => Data };

const mutation = (name: string, result: string, input = `${name}Input!`) =>
  `mutation ${name}($input:${input}){${name.charAt(0).toLowerCase()}${name.slice(1)}(input:$input){__typename ...on Error{code message}${result}`;

/** The documents, constant: the gateway parses each once. @internal */
export const documents = {
  RequestOtp: mutation("RequestOtp", "...C ...on RateLimited{retryAfterSeconds}...on CaptchaRequired{provider siteKey challenge}}}fragment C on OtpRequested{attemptId secret maskedPhone channel channels expiresAt resendAt codeLength}") as Document<RequestOtpMutation, RequestOtpMutationVariables>,
  ResendOtp: mutation("ResendOtp", "...on AttemptClosed{status failureReason}...C ...on RateLimited{retryAfterSeconds}}}fragment C on OtpRequested{attemptId secret maskedPhone channel channels expiresAt resendAt codeLength}") as Document<ResendOtpMutation, ResendOtpMutationVariables>,
  VerifyOtp: mutation("VerifyOtp", "...S ...on AttemptClosed{status failureReason}...on IncorrectCode{triesLeft}...on RateLimited{retryAfterSeconds}...on CaptchaRequired{provider siteKey challenge}}}fragment S on Session{id accessToken accessTokenExpiresAt gatewayToken refreshToken refreshTokenExpiresAt deviceToken user{...U}}fragment U on User{id phone name role locale createdAt}") as Document<VerifyOtpMutation, VerifyOtpMutationVariables>,
  StartWhatsAppLogin: mutation("StartWhatsAppLogin", "...on WhatsAppLogin{attemptId secret expiresAt loginMessage qrPayload}...on RateLimited{retryAfterSeconds}...on CaptchaRequired{provider siteKey challenge}}}", "StartWhatsAppLoginInput") as Document<StartWhatsAppLoginMutation, StartWhatsAppLoginMutationVariables>,
  ClaimLogin: mutation("ClaimLogin", "...S ...on AttemptClosed{status failureReason}}}fragment S on Session{id accessToken accessTokenExpiresAt gatewayToken refreshToken refreshTokenExpiresAt deviceToken user{...U}}fragment U on User{id phone name role locale createdAt}") as Document<ClaimLoginMutation, ClaimLoginMutationVariables>,
  CancelLogin: mutation("CancelLogin", "...A ...on AttemptClosed{status failureReason}}}fragment A on LoginAttempt{id method status expiresAt confirmationNumber confirmationTriesLeft failureReason delivery{channel status previousChannels}}") as Document<CancelLoginMutation, CancelLoginMutationVariables>,
  RefreshSession: mutation("RefreshSession", "...S}}fragment S on Session{id accessToken accessTokenExpiresAt gatewayToken refreshToken refreshTokenExpiresAt deviceToken user{...U}}fragment U on User{id phone name role locale createdAt}", "RefreshSessionInput") as Document<RefreshSessionMutation, RefreshSessionMutationVariables>,
  SignOut: "mutation SignOut{signOut{__typename}}" as Document<SignOutMutation, SignOutMutationVariables>,
  RevokeSession: mutation("RevokeSession", "...on SessionRevoked{sessionId}}}") as Document<RevokeSessionMutation, RevokeSessionMutationVariables>,
  ExportMe: "mutation ExportMe{exportMe{__typename ...on Error{code message}...on AccountExport{json}}}" as Document<ExportMeMutation, ExportMeMutationVariables>,
  DeleteMe: "mutation DeleteMe{deleteMe{__typename ...on Error{code message}}}" as Document<DeleteMeMutation, DeleteMeMutationVariables>,
  RevokeOtherSessions: "mutation RevokeOtherSessions{revokeOtherSessions{__typename ...on Error{code message}...on OtherSessionsRevoked{count}}}" as Document<RevokeOtherSessionsMutation, RevokeOtherSessionsMutationVariables>,
  LoginAttempt: "query LoginAttempt($attemptId:ID!$secret:String!){loginAttempt(attemptId:$attemptId secret:$secret){...A}}fragment A on LoginAttempt{id method status expiresAt confirmationNumber confirmationTriesLeft failureReason delivery{channel status previousChannels}}" as Document<LoginAttemptQuery, LoginAttemptQueryVariables>,
  MySessions: "query MySessions{mySessions{id sessionId device ipAddress location current startedAt lastSeenAt expiresAt}}" as Document<MySessionsQuery, MySessionsQueryVariables>,
  MySignIns: "query MySignIns($first:Int$after:String){mySignIns(first:$first after:$after){edges{node{id sessionId device ipAddress location at method outcome failureReason}}pageInfo{hasNextPage endCursor}}}" as Document<MySignInsQuery, MySignInsQueryVariables>,
  LoginAttemptStatus: "subscription LoginAttemptStatus($attemptId:ID!$secret:String!){loginAttemptStatus(attemptId:$attemptId secret:$secret){...A}}fragment A on LoginAttempt{id method status expiresAt confirmationNumber confirmationTriesLeft failureReason delivery{channel status previousChannels}}" as Document<LoginAttemptStatusSubscription, LoginAttemptStatusSubscriptionVariables>,
  RecognizePhone: "query RecognizePhone($phone:String!){recognizePhone(phone:$phone){country international complete}}" as Document<RecognizePhoneQuery, RecognizePhoneQueryVariables>,
  CreateAuthorizationCode: mutation("CreateAuthorizationCode", "...on AuthorizationCode{redirectTo expiresAt}...on InvalidInput{field}}}") as Document<CreateAuthorizationCodeMutation, CreateAuthorizationCodeMutationVariables>,
  ExchangeAuthorizationCode: mutation("ExchangeAuthorizationCode", "...S}}fragment S on Session{id accessToken accessTokenExpiresAt gatewayToken refreshToken refreshTokenExpiresAt deviceToken user{...U}}fragment U on User{id phone name role locale createdAt}") as Document<ExchangeAuthorizationCodeMutation, ExchangeAuthorizationCodeMutationVariables>,
  Me: "query Me{me{...U}}fragment U on User{id phone name role locale createdAt}" as Document<MeQuery, MeQueryVariables>,
  UpdateMe: mutation("UpdateMe", "...U ...on InvalidInput{field}}}fragment U on User{id phone name role locale createdAt}") as Document<UpdateMeMutation, UpdateMeMutationVariables>,
  RequestPhoneChange: mutation("RequestPhoneChange", "...C ...on RateLimited{retryAfterSeconds}...on CaptchaRequired{provider siteKey challenge}}}fragment C on OtpRequested{attemptId secret maskedPhone channel channels expiresAt resendAt codeLength}", "RequestOtpInput!") as Document<RequestPhoneChangeMutation, RequestPhoneChangeMutationVariables>,
  ConfirmPhoneChange: mutation("ConfirmPhoneChange", "...U ...on AttemptClosed{status failureReason}...on IncorrectCode{triesLeft}...on RateLimited{retryAfterSeconds}}}fragment U on User{id phone name role locale createdAt}", "VerifyOtpInput!") as Document<ConfirmPhoneChangeMutation, ConfirmPhoneChangeMutationVariables>,
};
