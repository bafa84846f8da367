/** Signing in with a phone, for React and Preact. */
export { PhoneLogin, type PhoneLoginProps } from './phone-login.js';
export { type PhoneLogin as PhoneLoginState, usePhoneLogin } from './use-phone-login.js';
export { type SessionState, useSession } from './use-session.js';
export type { CodeLogin, LoginState, Problem, WhatsAppLogin } from './flow/state.js';
