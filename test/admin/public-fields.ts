/** Root fields for all users. A root field that is not in this list is for admins, or test/admin fails. */
export const PUBLIC = {
  query: ['loginAttempt', 'me', 'mySessions', 'mySignIns', 'recognizePhone'],
  mutation: [
    'requestOtp',
    'resendOtp',
    'verifyOtp',
    'startWhatsAppLogin',
    'claimLogin',
    'cancelLogin',
    'refreshSession',
    'signOut',
    'revokeSession',
    'revokeOtherSessions',
    'updateMe',
    'exportMe',
    'deleteMe',
    'requestPhoneChange',
    'confirmPhoneChange',
    'createAuthorizationCode',
    'exchangeAuthorizationCode',
  ],
  subscription: ['loginAttemptStatus'],
};
