/** Names of channels, as they are written in the environment, the code, the database and the log. */
export const CHANNEL_NAMES = ['green-api', 'kavenegar-verify', 'kavenegar-sms', 'melipayamak', 'console'] as const;
export type ChannelName = (typeof CHANNEL_NAMES)[number];

/** A message by these channels costs nothing: the price of WhatsApp is a monthly one. */
export const FREE_CHANNELS: ReadonlySet<ChannelName> = new Set(['green-api', 'console']);

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The role that opens the admin API. */
export const ADMIN_ROLE = 'ADMIN';

/** What a client must solve: a proof of work that this gateway makes, or the captcha of a service. */
export const CAPTCHAS = ['altcha', 'turnstile', 'hcaptcha', 'off'] as const;
export type CaptchaName = (typeof CAPTCHAS)[number];
/** The captchas that a service makes and verifies. */
export type CaptchaService = 'turnstile' | 'hcaptcha';
