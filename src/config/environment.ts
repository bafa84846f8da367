import { z } from 'zod';
import { PROVIDER_ENVIRONMENT } from '../delivery/channels/providers.js';
import { dollars, messagePrices, messagesByChannel, messagesByCountry } from './amounts.js';
import { applications } from './applications.js';
import { deliveryRoutes, secondsByCountry } from './by-country.js';
import { codeLength } from './code-strength.js';
import {
  contacts,
  countries,
  countriesOrAll,
  databaseUrl,
  list,
  oneOf,
  origins,
  phonePrefixes,
  publicUrl,
  redisUrl,
  url,
  whole,
} from './forms.js';
import { loginTheme } from './login-theme.js';
import { ADMIN_ROLE, CAPTCHAS, LOG_FORMATS, LOG_LEVELS } from './names.js';
import { ROOT_SECRET, SHARED_TOKEN, strongSecret } from './secret-strength.js';
import { testPhones } from './test-phones.js';

/** New users have the first role. ADMIN opens the admin API. */
const roles = list.transform((names, context) => {
  for (const name of names)
    if (!/^[A-Z][A-Z0-9_]{0,31}$/.test(name))
      context.addIssue(
        `"${name}" is not a valid role: write 1 to 32 capital letters, digits and underscores, such as MANAGER`,
      );
  if (names.length === 0) context.addIssue('must name at least one role');
  if (names[0] === ADMIN_ROLE)
    context.addIssue(`must not begin with ${ADMIN_ROLE}: every new user gets the first role`);
  return [...new Set(names)];
});

/**
 * Every variable of the environment: its form, its bounds, its default.
 *
 * The variables of providers are in their folders, src/delivery/channels/<name>/provider.ts.
 *
 * To add one: a line here, a line in to-config.ts if the code reads it, an entry in variables.ts and a line in .env.example (tests
 * compare them). If it needs another variable, or contradicts one, add that to cross-checks.ts.
 */
export const ENVIRONMENT = z.object({
  NODE_ENV: z.string().optional(),
  ALLOW_UNSAFE_DEVELOPMENT: oneOf(['on', 'off'], 'off'),
  PORT: whole(0, 65_535, 4000),
  HOST: z.string().optional(),
  PUBLIC_URL: publicUrl.optional(),
  DATABASE_URL: databaseUrl.optional(),
  DIRECT_DATABASE_URL: databaseUrl.optional(),
  DATABASE_OWNER_URL: databaseUrl.optional(),
  DATABASE_POOL_SIZE: whole(2, 500, 16),
  DATABASE_ADMIN_POOL_SIZE: whole(1, 50, 2),
  DATABASE_BACKGROUND_POOL_SIZE: whole(2, 50, 4),
  DATABASE_ADMIN_TIMEOUT_SECONDS: whole(1, 60, 8),
  REDIS_URL: redisUrl.optional(),
  ALLOWED_ORIGINS: origins.default([]),
  APPLICATIONS: applications.default(new Map()),
  TRUSTED_PROXY_HOPS: whole(0, 10, 0),
  SHUTDOWN_DELAY_SECONDS: whole(0, 300, 5).removeDefault().optional(),
  CLIENT_OPERATIONS_PER_SECOND: whole(1, 100_000, 100),
  GATEWAY_SECRET: strongSecret(ROOT_SECRET).optional(),
  GATEWAY_SECRET_PREVIOUS: strongSecret(ROOT_SECRET).optional(),
  DEFAULT_COUNTRIES: countries.default(['KZ', 'KG', 'IR']),
  ALLOWED_COUNTRIES: countriesOrAll.optional(),
  DENIED_PREFIXES: phonePrefixes.default([]),
  SIGN_UP: oneOf(['open', 'closed'], 'open'),
  RECYCLED_PHONES: oneOf(['keep', 'new-account'], 'keep'),
  ROLES: roles.default(['USER', 'MANAGER', ADMIN_ROLE]),
  SESSION_IDLE_DAYS: whole(1, 365, 14),
  SESSION_ABSOLUTE_DAYS: whole(1, 365, 30),
  ADMIN_SESSION_MINUTES: whole(5, 1_440, 60),
  SESSION_COOKIE: oneOf(['on', 'off'], 'off'),
  NEW_DEVICE_NOTICE: oneOf(['on', 'off'], 'on'),
  CLIENT_LOCATION_HEADER: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the name of a header, such as CF-IPCountry')
    .transform((value) => value.toLowerCase())
    .optional(),
  FEDERATION: oneOf(['on', 'off'], 'off'),
  HEALTH_TOKEN: strongSecret(SHARED_TOKEN)
    .regex(/^[\x21-\x7e]+$/, 'must have no spaces and only ASCII characters, because it is sent in a header')
    .optional(),
  SECURITY_CONTACT: contacts.default([]),
  HISTORY_RETENTION_DAYS: whole(1, 3650, 90),
  AUDIT_RETENTION_DAYS: whole(31, 3650, 365),
  GUARD_EVENT_RETENTION_DAYS: whole(1, 3650, 30),
  OTP_LENGTH: codeLength,
  OTP_TTL_SECONDS: whole(1, 600, 300),
  OTP_MAX_TRIES: whole(1, 10, 5),
  CAPTCHA: oneOf(CAPTCHAS, 'altcha'),
  CAPTCHA_ASK: oneOf(['suspicion', 'always'], 'suspicion'),
  CAPTCHA_SITE_KEY: z
    .string()
    .regex(
      /^[\w-]{10,64}$/,
      'must be a site key as its service shows it, 10 to 64 letters, digits, dashes or underscores',
    )
    .optional(),
  CAPTCHA_SECRET: z
    .string()
    .regex(/^[\x21-\x7e]{16,256}$/, 'must be a secret key as its service shows it, 16 to 256 characters without spaces')
    .optional(),
  CAPTCHA_VERIFY_URL: url('http:', 'https:')
    .refine((value) => !URL.canParse(value) || new URL(value).username === '', 'must not contain a user or a password')
    .optional(),
  TEST_PHONES: testPhones,
  LOGIN_MESSAGE_PREFIX: z
    .string()
    .regex(/^[\p{L}\p{N} ._-]{1,40}$/u, 'must be 1 to 40 letters, digits, spaces, dots, dashes or underscores')
    .transform((value) => value.trim().replaceAll(/\s+/g, ' '))
    .default('AMT LOGIN'),
  WHATSAPP_LOGIN_TTL_SECONDS: whole(1, 600, 180),
  WHATSAPP_CONFIRMATION: oneOf(['never', 'privileged', 'always'], 'privileged'),
  WHATSAPP_NUMBER: z
    .string()
    .transform((value) => value.replaceAll(/[\s()+-]/g, ''))
    .refine(
      (value) => /^[1-9]\d{6,14}$/.test(value),
      'must be a phone number with its country code, such as 77010000001',
    )
    .optional(),
  ...PROVIDER_ENVIRONMENT,
  SMS_WEBOTP_HOST: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i, 'must be only a host name, such as app.example.com')
    .optional(),
  SMS_APP_HASH: z
    .string()
    .regex(/^[A-Za-z0-9+/]{11}$/, 'must be the hash of your Android app, 11 letters, digits, + or /')
    .optional(),
  LOGIN_TITLE: z.string().trim().min(1).max(60, 'must have at most 60 characters').default('Phonegate'),
  LOGIN_LOGO_URL: url('https:', 'http:')
    .refine(
      (value) =>
        !URL.canParse(value) ||
        (/^(\[[\da-f:]+\]|[\w.-]+)$/i.test(new URL(value).hostname) && new URL(value).username === ''),
      'must have a plain host name, without user and password, because it becomes part of a Content-Security-Policy',
    )
    .optional(),
  LOGIN_THEME: loginTheme.default(new Map()),
  DELIVERY_ROUTES: deliveryRoutes,
  STRICT_CHANNELS: oneOf(['on', 'off'], 'on'),
  SMS_ENABLED: oneOf(['true', 'false'], 'true'),
  MESSAGE_PRICES_USD: messagePrices,
  SPEND_LIMIT_USD_PER_DAY: dollars(20),
  UNVERIFIED_MESSAGES_PER_COUNTRY_PER_DAY: messagesByCountry(20),
  MESSAGES_PER_CHANNEL_PER_DAY: messagesByChannel,
  DELIVERY_BUDGET_SECONDS: whole(1, 20, 15),
  DELIVERY_CHANNEL_TIMEOUT_SECONDS: whole(1, 15, 5),
  DELIVERY_RECEIPT_TIMEOUT_SECONDS: secondsByCountry(0, 600, 20),
  LOG_LEVEL: oneOf(LOG_LEVELS, 'info'),
  LOG_FORMAT: z.enum(LOG_FORMATS, `must be one of ${LOG_FORMATS.join(', ')}`).optional(),
});
