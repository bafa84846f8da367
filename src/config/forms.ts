import { type CountryCode, isSupportedCountry } from 'libphonenumber-js/max';
import { z } from 'zod';
import { readRedisUrl } from './redis-url.js';
import { findDatabaseUrlProblem } from './database-url.js';

// The forms that variables of the environment can have. A message says what the value must be and never quotes it,
// because it may be a secret.

/** A whole number from `min` to `max`. */
export const whole = (min: number, max: number, fallback: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`)
    .default(fallback);

/** One of a few words. */
export const oneOf = <const T extends readonly [string, ...string[]]>(values: T, fallback: T[number]) =>
  z.enum(values, `must be one of ${values.join(', ')}`).default(fallback as never);

export const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (value) => protocols.includes(protocolOf(value)),
      `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    );

/** Where Redis is. See redis-url.ts. */
export const redisUrl = z.string().transform((value, context) => {
  const target = readRedisUrl(value.trim());
  if (!('problem' in target)) return target;
  context.addIssue(target.problem);
  return z.NEVER;
});

/** The URL of a PostgreSQL database, which may name several hosts or a Unix socket. */
export const databaseUrl = z.string().superRefine((value, context) => {
  const problem = findDatabaseUrlProblem(value);
  if (problem !== undefined) context.addIssue(problem);
});

export const baseUrl = (fallback: string) =>
  url('http:', 'https:')
    .refine((value) => !URL.canParse(value) || new URL(value).username === '', 'must not contain a user or a password')
    .transform((value) => value.replace(/\/+$/, ''))
    .default(fallback);

/**
 * The URL under which browsers know the gateway. Its path is written into pages and into names of cookies, so it has only
 * characters that need no encoding there. Paths below /auth/verify belong to forward-auth: a proxy can append there the path
 * that a user requests.
 */
export const publicUrl = url('http:', 'https:').transform((value, context) => {
  const base = value.replace(/\/+$/, '');
  const [, path] = /^[^:]+:\/\/[^/?#]+((?:\/[A-Za-z0-9._~-]+)*)$/.exec(base) ?? [];
  if (path === undefined || /\/\.{1,2}(?:\/|$)/.test(base))
    context.addIssue(
      'must be a host and, if needed, a path of letters, digits, "-", ".", "_" and "~", such as https://example.com/auth',
    );
  else if (/^\/auth\/verify(?:\/|$)/.test(path)) context.addIssue('must not have a path that begins with /auth/verify');
  return base;
});

/** Values separated by commas. */
export const list = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** Country codes separated by commas, in capitals. */
export const countries = list.transform(readCountries);

/** Country codes, or `*` for all. */
export const countriesOrAll = list.transform((codes, context) =>
  codes.join() === '*' ? ('*' as const) : readCountries(codes, context),
);

function readCountries(codes: string[], context: z.core.$RefinementCtx): CountryCode[] {
  const upper = codes.map((code) => code.toUpperCase());
  for (const code of upper) {
    if (!isSupportedCountry(code))
      context.addIssue(`"${code}" is not a country code (ISO 3166, two letters, such as KZ)`);
  }
  if (upper.length === 0) context.addIssue('must name at least one country, such as KZ');
  return upper as CountryCode[];
}

/** First digits of phones in E.164, separated by commas. One digit is never a whole country. */
export const phonePrefixes = list.transform((prefixes, context) => {
  for (const prefix of prefixes)
    if (!/^\+[1-9]\d{1,14}$/.test(prefix))
      context.addIssue(`"${prefix}" is not the start of a phone: write + and 2 to 15 digits, such as +7701`);
  return [...new Set(prefixes)];
});

export const origins = list.refine(
  (values) => values.every((value) => URL.canParse(value) && new URL(value).origin === value),
  'must be web origins separated by commas, such as https://app.example.com (no path, no trailing slash)',
);

/** Where to report a vulnerability (RFC 9116, 2.5.3). */
export const contacts = list.refine(
  (values) => values.every((value) => /^(mailto:[^\s@]+@|https:\/\/|tel:\+)\S+$/.test(value)),
  'must be contacts separated by commas, each with mailto:, https:// or tel:, such as mailto:security@example.com',
);

/** A secret that becomes part of a URL path. A stray space or slash would change the URL. */
export const pathPart = z
  .string()
  .trim()
  .regex(/^[\w.~%+=-]+$/, 'has characters that a URL cannot contain; copy it again');

/** Number of an SMS line at a provider. Spaces, dashes, brackets and Iran's country code are removed. */
export const lineNumber = z
  .string()
  .transform((value) => value.replaceAll(/[\s()-]/g, '').replace(/^(\+|00)98/, ''))
  .refine((value) => /^\d{4,20}$/.test(value), 'must be the number of a line, 4 to 20 digits');

function protocolOf(value: string): string {
  return URL.canParse(value) ? new URL(value).protocol : '';
}
