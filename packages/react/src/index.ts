/** Signing in with a phone, for React and Preact. */
export { LoginForm, PhoneLogin, type PhoneLoginProps } from './phone-login.js';
export { type PhoneLogin as PhoneLoginState, usePhoneLogin } from './use-phone-login.js';
export { type SessionState, useSession } from './use-session.js';
export type { CodeLogin, LoginState, Problem, WhatsAppLogin } from './flow/state.js';

/** Parts of the form, for pages around it. */
export { problemOf } from './flow/answers.js';
export { type I18n, useI18n } from './i18n.js';
export { chooseLocale } from './locales/load-texts.js';
export { LOCALES, type Locale, isolated } from './locales/locale.js';
export { PhoneNumber } from './phone-number.js';
export { ProblemLine, problemText } from './problem.js';
