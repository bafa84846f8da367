/** Signing in with a phone, for React and Preact. */
export { PhoneLogin, type PhoneLoginProps } from './phone-login.js';
export { type SessionState, useSession } from './use-session.js';

/** For a form of your own. */
export { type UsePhoneLoginOptions, usePhoneLogin } from './use-phone-login.js';
export type {
  CodeAttempt,
  PhoneLoginActions,
  PhoneLoginState,
  LocalizedPhone,
  WhatsAppAttempt,
} from './phone-login-state.js';
export { type LoginFormProps, LoginForm } from './login-form.js';
export { type LoginProblem, errorText } from './login-problem.js';
export type { Ending as LoginEnding } from './flow/state.js';
export type { QrCode } from './draw-qr.js';
export { PhoneNumber, type PhoneNumberProps, withPhone } from './phone-number.js';
export { useWebOtp } from './web-otp.js';

/** Languages. These can also be called in a server component. */
export { type I18n, i18nFor } from './i18n.js';
export { type Formats, LOCALES, type Locale, chooseLocale, latinDigits } from './locales/locale.js';
export type { Texts } from './locales/texts.js';
