// Made by scripts/generate-client.mjs from schema.graphql. Do not edit.
/** The members of each union and interface: the option `possibleTypes` of Apollo Client and of Graphcache. */
export const possibleTypes: Record<string, string[]> = {
  ActivateSmsTemplateResult: ["SmsTemplate","TemplateNotFound"],
  AddUserResult: ["AdminUser","InvalidInput","InvalidPhoneNumber","PhoneTaken"],
  ApproveLoginResult: ["AttemptClosed","AttemptNotCompleted","AttemptNotFound","InvalidInput","LoginApproved"],
  BlockUserResult: ["AdminUser","InvalidInput","UserNotFound"],
  CancelLoginResult: ["AttemptClosed","AttemptNotFound","LoginAttempt"],
  ClaimLoginResult: ["AttemptClosed","AttemptNotCompleted","AttemptNotFound","Session"],
  ConfirmPhoneChangeResult: ["AttemptClosed","AttemptNotFound","DeviceTooNew","IncorrectCode","PhoneTaken","RateLimited","User"],
  CreateAuthorizationCodeResult: ["AuthorizationCode","CodeChallengeRequired","InvalidInput","RedirectNotAllowed"],
  CreateSmsTemplateResult: ["InvalidInput","SmsTemplate"],
  DeleteMeResult: ["AccountDeleted","DeviceTooNew","FreshSignInRequired","LastAdmin"],
  DeleteUserResult: ["InvalidInput","LastAdmin","UserDeleted","UserNotFound"],
  EditSmsTemplateResult: ["InvalidInput","SmsTemplate","TemplateNotFound"],
  Error: ["AttemptClosed","AttemptNotCompleted","AttemptNotFound","CaptchaRequired","CodeChallengeRequired","ConfirmationRequired","DeliveryFailed","DeviceTooNew","FreshSignInRequired","IncorrectCode","InvalidAuthorizationCode","InvalidInput","InvalidPhoneNumber","InvalidRefreshToken","LastAdmin","MethodUnavailable","PhoneNotAllowed","PhoneTaken","RateLimited","RedirectNotAllowed","SessionNotFound","TemplateNotFound","UserNotFound"],
  ExchangeAuthorizationCodeResult: ["InvalidAuthorizationCode","Session"],
  ExportMeResult: ["AccountExport","DeviceTooNew","FreshSignInRequired","RateLimited"],
  PreviewSmsTemplateResult: ["InvalidInput","SmsTemplatePreview"],
  RefreshSessionResult: ["InvalidRefreshToken","Session"],
  RequestOtpResult: ["AttemptClosed","AttemptNotFound","CaptchaRequired","DeliveryFailed","InvalidInput","InvalidPhoneNumber","OtpRequested","PhoneNotAllowed","RateLimited"],
  RequestPhoneChangeResult: ["CaptchaRequired","DeliveryFailed","DeviceTooNew","FreshSignInRequired","InvalidInput","InvalidPhoneNumber","OtpRequested","PhoneNotAllowed","RateLimited"],
  ResetPhoneLimitsResult: ["InvalidPhoneNumber","PhoneLimitsReset"],
  RevokeOtherSessionsResult: ["FreshSignInRequired","OtherSessionsRevoked"],
  RevokeSessionResult: ["FreshSignInRequired","SessionNotFound","SessionRevoked"],
  RevokeUserSessionResult: ["SessionNotFound","SessionRevoked"],
  RevokeUserSessionsResult: ["UserNotFound","UserSessionsRevoked"],
  SetUserPhoneResult: ["AdminUser","InvalidInput","InvalidPhoneNumber","PhoneTaken","UserNotFound"],
  SetUserRoleResult: ["AdminUser","InvalidInput","UserNotFound"],
  SignOutResult: ["SignedOut"],
  StartWhatsAppLoginResult: ["CaptchaRequired","MethodUnavailable","RateLimited","WhatsAppLogin"],
  UnblockUserResult: ["AdminUser","InvalidInput","UserNotFound"],
  UpdateMeResult: ["InvalidInput","User"],
  UpdateUserResult: ["AdminUser","InvalidInput","UserNotFound"],
  VerifyOtpResult: ["AttemptClosed","AttemptNotFound","CaptchaRequired","ConfirmationRequired","IncorrectCode","RateLimited","Session"],
};

const INTERFACES = new Set(["Error"]);

/** The same as the answer to an introspection query, for fragment matchers that take one. */
export const introspection = {
  __schema: {
    types: Object.entries(possibleTypes).map(([name, members]) => ({
      kind: INTERFACES.has(name) ? ('INTERFACE' as const) : ('UNION' as const),
      name,
      possibleTypes: members.map((member) => ({ name: member })),
    })),
  },
};
