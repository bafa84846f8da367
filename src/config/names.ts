export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export const LOG_FORMATS = ['json', 'pretty'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The role that opens the admin API. */
export const ADMIN_ROLE = 'ADMIN';

/** What a client must solve: a proof of work that this gateway makes, or the captcha of a service. */
export const CAPTCHAS = ['altcha', 'turnstile', 'hcaptcha', 'off'] as const;
export type CaptchaName = (typeof CAPTCHAS)[number];
/** The captchas that a service makes and verifies. */
export type CaptchaService = 'turnstile' | 'hcaptcha';
