// Made by scripts/generate-client.mjs from schema.graphql and operations.graphql. Do not edit.
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** Which login to cancel. */
export type CancelLoginInput = {
  /** The attempt. */
  attemptId: string;
  /** Its secret. */
  secret: string;
};

/** Which login to claim. */
export type ClaimLoginInput = {
  /** The attempt. */
  attemptId: string;
  /** Its secret. */
  secret: string;
};

/** Where to go on, as the application has asked for it. */
export type CreateAuthorizationCodeInput = {
  /** PKCE (RFC 7636), S256: the SHA-256 of the code verifier in base64url, 43 characters. */
  codeChallenge?: string | null | undefined;
  /** One of REDIRECT_URIS, letter for letter. */
  redirectUri: string;
  /** The refresh token of the session; it is not used up. Otherwise the cookie serves. An access token will not do: backends see those. */
  refreshToken?: string | null | undefined;
  /** Given back to the application as it is. 1024 characters at most. */
  state?: string | null | undefined;
};

/** One way to a phone through one provider. */
export type DeliveryChannel =
  /** The gateway's own log. Development only. */
  | 'CONSOLE'
  /** WhatsApp, through Green API. */
  | 'GREEN_API'
  /** Plain SMS, through Kavenegar. */
  | 'KAVENEGAR_SMS'
  /** SMS by a verify template, through Kavenegar. */
  | 'KAVENEGAR_VERIFY'
  /** SMS by a pattern, through Melipayamak. */
  | 'MELIPAYAMAK';

/** How far a message has come. It only moves forward. */
export type DeliveryStatus =
  /** The provider took it. */
  | 'ACCEPTED'
  /** On the phone. */
  | 'DELIVERED'
  /** The provider refused it or gave up. */
  | 'FAILED'
  /** About to be handed to the provider. */
  | 'QUEUED'
  /** Opened. */
  | 'READ'
  /** On its way to the phone. */
  | 'SENT'
  /** It cannot reach the phone. */
  | 'UNDELIVERED';

/** What went wrong. Switch on these; they never change. */
export type ErrorCode =
  /** This sign-in is over. Start again. */
  | 'ATTEMPT_CLOSED'
  /** The sign-in is not finished yet. Send the WhatsApp message first. */
  | 'ATTEMPT_NOT_COMPLETED'
  /** This sign-in does not exist. Start again. */
  | 'ATTEMPT_NOT_FOUND'
  /** This request relies on a cookie, and lacks the header that shows it was meant. Reload the page. */
  | 'CSRF_HEADER_MISSING'
  /** The code could not be sent just now. Try again in a minute, or sign in through WhatsApp. */
  | 'DELIVERY_FAILED'
  /** You may not do this. */
  | 'FORBIDDEN'
  /** For this, sign in once more first. */
  | 'FRESH_SIGN_IN_REQUIRED'
  /** The code is not right. Check it and try again. */
  | 'INCORRECT_CODE'
  /** This sign-in was used already, or took too long. Start again. */
  | 'INVALID_AUTHORIZATION_CODE'
  /** This cannot be taken as it is. Check the field that is named. */
  | 'INVALID_INPUT'
  /** This is not a phone number. Write it with the country code, for example +7 701 000 00 02. */
  | 'INVALID_PHONE_NUMBER'
  /** You are signed out. Sign in again. */
  | 'INVALID_REFRESH_TOKEN'
  /** Signing in through WhatsApp is not available here. Use a code instead. */
  | 'METHOD_UNAVAILABLE'
  /** We cannot send codes to this number. Use another mobile number. */
  | 'PHONE_NOT_ALLOWED'
  /** This number belongs to another account. */
  | 'PHONE_TAKEN'
  /** Too many tries. Wait a little, then try again. */
  | 'RATE_LIMITED'
  /** You cannot be sent to this address: it is not on the list of this service. Go back to the application you came from. */
  | 'REDIRECT_NOT_ALLOWED'
  /** There is no such session, or it is over already. */
  | 'SESSION_NOT_FOUND'
  /** There is no such text. */
  | 'TEMPLATE_NOT_FOUND'
  /** Sign in first. */
  | 'UNAUTHENTICATED'
  /** There is no such person. */
  | 'USER_NOT_FOUND';

/** What the application was sent, and what it knows itself. */
export type ExchangeAuthorizationCodeInput = {
  /** From the query of the address that was opened. */
  code: string;
  /** What the codeChallenge was made of, 43 to 128 characters. Where there was none, there must be none. */
  codeVerifier?: string | null | undefined;
  /** The one that the code was made for. */
  redirectUri: string;
};

/** Why a login attempt FAILED. */
export type FailureReason =
  /** WhatsApp hides the phone of the sender: use a code instead. */
  | 'PHONE_HIDDEN'
  /** Too many wrong codes or numbers. */
  | 'TOO_MANY_TRIES'
  /** No channel took the code. */
  | 'UNDELIVERABLE'
  /** The person is blocked. */
  | 'USER_BLOCKED'
  /** Nobody with this phone, and sign-up is closed. */
  | 'USER_NOT_FOUND';

/** Where a login attempt stands. */
export type LoginAttemptStatus =
  /** Ended by its client, or by a NO over WhatsApp. */
  | 'CANCELED'
  /** Exchanged for a session. */
  | 'CLAIMED'
  /** Proven. Call claimLogin within a minute to get the session. */
  | 'COMPLETED'
  /** The message came; the person must still send back the number that the screen shows. */
  | 'CONFIRMING'
  /** The time ran out. */
  | 'EXPIRED'
  /** Ended by a failure: see failureReason. */
  | 'FAILED'
  /** Waiting for the proof: the code, or the WhatsApp message. */
  | 'PENDING';

/** How a person proves that a phone is theirs. */
export type LoginMethod =
  /** By a one-time code sent to the phone. */
  | 'OTP'
  /** By sending a message from the phone to the gateway over WhatsApp. */
  | 'WHATSAPP';

/** The token to exchange. */
export type RefreshSessionInput = {
  /** The refresh token of the session. Otherwise the cookie serves. */
  refreshToken?: string | null | undefined;
};

/** Whom to send a code to. */
export type RequestOtpInput = {
  /** Try this channel first, if it is one of the ways to this phone. */
  channel?: DeliveryChannel | null | undefined;
  /** Language of the message and of errors: en, ru, kk, ky, fa. Otherwise Accept-Language. */
  locale?: string | null | undefined;
  /** In any spelling: +7 701 000 00 02, 8 701…, 0700…, 00996…, Persian or Arabic digits. */
  phone: string;
};

/** Which code to send again. */
export type ResendOtpInput = {
  /** The attempt. */
  attemptId: string;
  /** Try this channel first. */
  channel?: DeliveryChannel | null | undefined;
  /** Its secret. */
  secret: string;
};

/** Which session to end. */
export type RevokeSessionInput = {
  /** One of mySessions. */
  sessionId: string;
};

/** How to speak to the person. */
export type StartWhatsAppLoginInput = {
  /** Language of our WhatsApp messages and of errors: en, ru, kk, ky, fa. */
  locale?: string | null | undefined;
};

/** A guess. */
export type VerifyOtpInput = {
  /** The attempt. */
  attemptId: string;
  /** As the person typed it; Persian and Arabic digits, spaces and dashes are fine. */
  code: string;
  /** Its secret. */
  secret: string;
};

export type CodeOnItsWayFragment = { attemptId: string, secret: string, maskedPhone: string, channel: DeliveryChannel, channels: Array<DeliveryChannel>, expiresAt: string, resendAt: string, codeLength: number };

export type SessionOfClientFragment = { id: string, accessToken: string, accessTokenExpiresAt: string, refreshToken: string, refreshTokenExpiresAt: string, user: { id: string, phone: string, name: string | null, role: string, locale: string | null, createdAt: string } };

export type AttemptFragment = { id: string, method: LoginMethod, status: LoginAttemptStatus, expiresAt: string, confirmationNumber: string | null, failureReason: FailureReason | null, delivery: { channel: DeliveryChannel, status: DeliveryStatus, previousChannels: Array<DeliveryChannel>, updatedAt: string } | null };

export type RequestOtpMutationVariables = Exact<{
  input: RequestOtpInput;
}>;


export type RequestOtpMutation = { requestOtp:
    | { __typename: 'AttemptClosed', code: ErrorCode, message: string, status: LoginAttemptStatus, failureReason: FailureReason | null }
    | { __typename: 'AttemptNotFound', code: ErrorCode, message: string }
    | { __typename: 'DeliveryFailed', code: ErrorCode, message: string }
    | { __typename: 'InvalidPhoneNumber', code: ErrorCode, message: string }
    | { __typename: 'OtpRequested', attemptId: string, secret: string, maskedPhone: string, channel: DeliveryChannel, channels: Array<DeliveryChannel>, expiresAt: string, resendAt: string, codeLength: number }
    | { __typename: 'PhoneNotAllowed', code: ErrorCode, message: string }
    | { __typename: 'RateLimited', code: ErrorCode, message: string, retryAfterSeconds: number }
   };

export type ResendOtpMutationVariables = Exact<{
  input: ResendOtpInput;
}>;


export type ResendOtpMutation = { resendOtp:
    | { __typename: 'AttemptClosed', code: ErrorCode, message: string, status: LoginAttemptStatus, failureReason: FailureReason | null }
    | { __typename: 'AttemptNotFound', code: ErrorCode, message: string }
    | { __typename: 'DeliveryFailed', code: ErrorCode, message: string }
    | { __typename: 'InvalidPhoneNumber', code: ErrorCode, message: string }
    | { __typename: 'OtpRequested', attemptId: string, secret: string, maskedPhone: string, channel: DeliveryChannel, channels: Array<DeliveryChannel>, expiresAt: string, resendAt: string, codeLength: number }
    | { __typename: 'PhoneNotAllowed', code: ErrorCode, message: string }
    | { __typename: 'RateLimited', code: ErrorCode, message: string, retryAfterSeconds: number }
   };

export type VerifyOtpMutationVariables = Exact<{
  input: VerifyOtpInput;
}>;


export type VerifyOtpMutation = { verifyOtp:
    | { __typename: 'AttemptClosed', code: ErrorCode, message: string, status: LoginAttemptStatus, failureReason: FailureReason | null }
    | { __typename: 'AttemptNotFound', code: ErrorCode, message: string }
    | { __typename: 'IncorrectCode', code: ErrorCode, message: string, triesLeft: number }
    | { __typename: 'RateLimited', code: ErrorCode, message: string, retryAfterSeconds: number }
    | { __typename: 'Session', id: string, accessToken: string, accessTokenExpiresAt: string, refreshToken: string, refreshTokenExpiresAt: string, user: { id: string, phone: string, name: string | null, role: string, locale: string | null, createdAt: string } }
   };

export type StartWhatsAppLoginMutationVariables = Exact<{
  input?: StartWhatsAppLoginInput | null | undefined;
}>;


export type StartWhatsAppLoginMutation = { startWhatsAppLogin:
    | { __typename: 'MethodUnavailable', code: ErrorCode, message: string }
    | { __typename: 'RateLimited', code: ErrorCode, message: string, retryAfterSeconds: number }
    | { __typename: 'WhatsAppLogin', attemptId: string, secret: string, expiresAt: string, loginMessage: string, qrPayload: string }
   };

export type ClaimLoginMutationVariables = Exact<{
  input: ClaimLoginInput;
}>;


export type ClaimLoginMutation = { claimLogin:
    | { __typename: 'AttemptClosed', code: ErrorCode, message: string, status: LoginAttemptStatus, failureReason: FailureReason | null }
    | { __typename: 'AttemptNotCompleted', code: ErrorCode, message: string }
    | { __typename: 'AttemptNotFound', code: ErrorCode, message: string }
    | { __typename: 'Session', id: string, accessToken: string, accessTokenExpiresAt: string, refreshToken: string, refreshTokenExpiresAt: string, user: { id: string, phone: string, name: string | null, role: string, locale: string | null, createdAt: string } }
   };

export type CancelLoginMutationVariables = Exact<{
  input: CancelLoginInput;
}>;


export type CancelLoginMutation = { cancelLogin:
    | { __typename: 'AttemptClosed', code: ErrorCode, message: string, status: LoginAttemptStatus, failureReason: FailureReason | null }
    | { __typename: 'AttemptNotFound', code: ErrorCode, message: string }
    | { __typename: 'LoginAttempt', id: string, method: LoginMethod, status: LoginAttemptStatus, expiresAt: string, confirmationNumber: string | null, failureReason: FailureReason | null, delivery: { channel: DeliveryChannel, status: DeliveryStatus, previousChannels: Array<DeliveryChannel>, updatedAt: string } | null }
   };

export type RefreshSessionMutationVariables = Exact<{
  input?: RefreshSessionInput | null | undefined;
}>;


export type RefreshSessionMutation = { refreshSession:
    | { __typename: 'InvalidRefreshToken', code: ErrorCode, message: string }
    | { __typename: 'Session', id: string, accessToken: string, accessTokenExpiresAt: string, refreshToken: string, refreshTokenExpiresAt: string, user: { id: string, phone: string, name: string | null, role: string, locale: string | null, createdAt: string } }
   };

export type SignOutMutationVariables = Exact<{ [key: string]: never; }>;


export type SignOutMutation = { signOut: { __typename: 'SignedOut', sessionId: string } };

export type RevokeSessionMutationVariables = Exact<{
  input: RevokeSessionInput;
}>;


export type RevokeSessionMutation = { revokeSession:
    | { __typename: 'SessionNotFound', code: ErrorCode, message: string }
    | { __typename: 'SessionRevoked', sessionId: string }
   };

export type RevokeOtherSessionsMutationVariables = Exact<{ [key: string]: never; }>;


export type RevokeOtherSessionsMutation = { revokeOtherSessions: { __typename: 'OtherSessionsRevoked', count: number } };

export type LoginAttemptQueryVariables = Exact<{
  attemptId: string;
  secret: string;
}>;


export type LoginAttemptQuery = { loginAttempt: { id: string, method: LoginMethod, status: LoginAttemptStatus, expiresAt: string, confirmationNumber: string | null, failureReason: FailureReason | null, delivery: { channel: DeliveryChannel, status: DeliveryStatus, previousChannels: Array<DeliveryChannel>, updatedAt: string } | null } | null };

export type MySessionsQueryVariables = Exact<{ [key: string]: never; }>;


export type MySessionsQuery = { mySessions: Array<{ id: string, device: string, ipAddress: string | null, location: string | null, current: boolean, startedAt: string, lastSeenAt: string, expiresAt: string }> };

export type LoginAttemptStatusSubscriptionVariables = Exact<{
  attemptId: string;
  secret: string;
}>;


export type LoginAttemptStatusSubscription = { loginAttemptStatus: { id: string, method: LoginMethod, status: LoginAttemptStatus, expiresAt: string, confirmationNumber: string | null, failureReason: FailureReason | null, delivery: { channel: DeliveryChannel, status: DeliveryStatus, previousChannels: Array<DeliveryChannel>, updatedAt: string } | null } };

export type RecognizePhoneQueryVariables = Exact<{
  phone: string;
}>;


export type RecognizePhoneQuery = { recognizePhone: { country: string | null, international: string, complete: boolean } | null };

export type CreateAuthorizationCodeMutationVariables = Exact<{
  input: CreateAuthorizationCodeInput;
}>;


export type CreateAuthorizationCodeMutation = { createAuthorizationCode:
    | { __typename: 'AuthorizationCode', redirectTo: string, expiresAt: string }
    | { __typename: 'InvalidInput', code: ErrorCode, message: string }
    | { __typename: 'RedirectNotAllowed', code: ErrorCode, message: string }
   };

export type ExchangeAuthorizationCodeMutationVariables = Exact<{
  input: ExchangeAuthorizationCodeInput;
}>;


export type ExchangeAuthorizationCodeMutation = { exchangeAuthorizationCode:
    | { __typename: 'InvalidAuthorizationCode', code: ErrorCode, message: string }
    | { __typename: 'Session', id: string, accessToken: string, accessTokenExpiresAt: string, refreshToken: string, refreshTokenExpiresAt: string, user: { id: string, phone: string, name: string | null, role: string, locale: string | null, createdAt: string } }
   };

/** A document, with the types of what it answers and takes. */
export type Document<Data, Variables> = string & { readonly types?: (variables: Variables) => Data };

/** The documents, constant: the gateway parses each once. */
export const documents = {
  RequestOtp: "mutation RequestOtp($input:RequestOtpInput!){requestOtp(input:$input){__typename ...CodeOnItsWay ...on Error{code message}...on RateLimited{retryAfterSeconds}...on AttemptClosed{status failureReason}}}fragment CodeOnItsWay on OtpRequested{attemptId secret maskedPhone channel channels expiresAt resendAt codeLength}" as Document<RequestOtpMutation, RequestOtpMutationVariables>,
  ResendOtp: "mutation ResendOtp($input:ResendOtpInput!){resendOtp(input:$input){__typename ...CodeOnItsWay ...on Error{code message}...on RateLimited{retryAfterSeconds}...on AttemptClosed{status failureReason}}}fragment CodeOnItsWay on OtpRequested{attemptId secret maskedPhone channel channels expiresAt resendAt codeLength}" as Document<ResendOtpMutation, ResendOtpMutationVariables>,
  VerifyOtp: "mutation VerifyOtp($input:VerifyOtpInput!){verifyOtp(input:$input){__typename ...SessionOfClient ...on Error{code message}...on IncorrectCode{triesLeft}...on RateLimited{retryAfterSeconds}...on AttemptClosed{status failureReason}}}fragment SessionOfClient on Session{id accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt user{id phone name role locale createdAt}}" as Document<VerifyOtpMutation, VerifyOtpMutationVariables>,
  StartWhatsAppLogin: "mutation StartWhatsAppLogin($input:StartWhatsAppLoginInput){startWhatsAppLogin(input:$input){__typename ...on WhatsAppLogin{attemptId secret expiresAt loginMessage qrPayload}...on Error{code message}...on RateLimited{retryAfterSeconds}}}" as Document<StartWhatsAppLoginMutation, StartWhatsAppLoginMutationVariables>,
  ClaimLogin: "mutation ClaimLogin($input:ClaimLoginInput!){claimLogin(input:$input){__typename ...SessionOfClient ...on Error{code message}...on AttemptClosed{status failureReason}}}fragment SessionOfClient on Session{id accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt user{id phone name role locale createdAt}}" as Document<ClaimLoginMutation, ClaimLoginMutationVariables>,
  CancelLogin: "mutation CancelLogin($input:CancelLoginInput!){cancelLogin(input:$input){__typename ...Attempt ...on Error{code message}...on AttemptClosed{status failureReason}}}fragment Attempt on LoginAttempt{id method status expiresAt confirmationNumber failureReason delivery{channel status previousChannels updatedAt}}" as Document<CancelLoginMutation, CancelLoginMutationVariables>,
  RefreshSession: "mutation RefreshSession($input:RefreshSessionInput){refreshSession(input:$input){__typename ...SessionOfClient ...on Error{code message}}}fragment SessionOfClient on Session{id accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt user{id phone name role locale createdAt}}" as Document<RefreshSessionMutation, RefreshSessionMutationVariables>,
  SignOut: "mutation SignOut{signOut{__typename ...on SignedOut{sessionId}}}" as Document<SignOutMutation, SignOutMutationVariables>,
  RevokeSession: "mutation RevokeSession($input:RevokeSessionInput!){revokeSession(input:$input){__typename ...on SessionRevoked{sessionId}...on Error{code message}}}" as Document<RevokeSessionMutation, RevokeSessionMutationVariables>,
  RevokeOtherSessions: "mutation RevokeOtherSessions{revokeOtherSessions{__typename ...on OtherSessionsRevoked{count}}}" as Document<RevokeOtherSessionsMutation, RevokeOtherSessionsMutationVariables>,
  LoginAttempt: "query LoginAttempt($attemptId:ID!$secret:String!){loginAttempt(attemptId:$attemptId secret:$secret){...Attempt}}fragment Attempt on LoginAttempt{id method status expiresAt confirmationNumber failureReason delivery{channel status previousChannels updatedAt}}" as Document<LoginAttemptQuery, LoginAttemptQueryVariables>,
  MySessions: "query MySessions{mySessions{id device ipAddress location current startedAt lastSeenAt expiresAt}}" as Document<MySessionsQuery, MySessionsQueryVariables>,
  LoginAttemptStatus: "subscription LoginAttemptStatus($attemptId:ID!$secret:String!){loginAttemptStatus(attemptId:$attemptId secret:$secret){...Attempt}}fragment Attempt on LoginAttempt{id method status expiresAt confirmationNumber failureReason delivery{channel status previousChannels updatedAt}}" as Document<LoginAttemptStatusSubscription, LoginAttemptStatusSubscriptionVariables>,
  RecognizePhone: "query RecognizePhone($phone:String!){recognizePhone(phone:$phone){country international complete}}" as Document<RecognizePhoneQuery, RecognizePhoneQueryVariables>,
  CreateAuthorizationCode: "mutation CreateAuthorizationCode($input:CreateAuthorizationCodeInput!){createAuthorizationCode(input:$input){__typename ...on AuthorizationCode{redirectTo expiresAt}...on Error{code message}}}" as Document<CreateAuthorizationCodeMutation, CreateAuthorizationCodeMutationVariables>,
  ExchangeAuthorizationCode: "mutation ExchangeAuthorizationCode($input:ExchangeAuthorizationCodeInput!){exchangeAuthorizationCode(input:$input){__typename ...SessionOfClient ...on Error{code message}}}fragment SessionOfClient on Session{id accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt user{id phone name role locale createdAt}}" as Document<ExchangeAuthorizationCodeMutation, ExchangeAuthorizationCodeMutationVariables>,
};
