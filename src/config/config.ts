import { type CountryCode, isSupportedCountry } from 'libphonenumber-js/max';
import { z } from 'zod';
import { StartupError } from '../startup-error.js';
import { bareToken } from './bare-token.js';

/** How the gateway is set up: the environment, checked once and typed. Units are in the names. */
export interface Config {
  production: boolean;
  port: number;
  host: string;
  /** Where clients and backends reach the gateway; the issuer of its tokens. No trailing slash. */
  publicUrl: string;
  /** Absent: a PostgreSQL of our own under `dataFolder`. */
  databaseUrl: string | undefined;
  /** Absent: wake-ups stay in the process; other instances notice by re-reading. */
  redisUrl: string | undefined;
  /** Web origins that may call from a browser, besides the gateway's own. */
  allowedOrigins: string[];
  /** How many proxies in front of the gateway append to X-Forwarded-For. */
  trustedProxyHops: number;
  /** Root of all keys. Absent only in development, where one is made and kept under `dataFolder`. */
  gatewaySecret: string | undefined;
  /** National spellings are tried in these countries, in this order. */
  defaultCountries: CountryCode[];
  /** Absent: every country. */
  allowedCountries: CountryCode[] | undefined;
  signUp: 'open' | 'closed';
  otp: { length: number; ttlSeconds: number; maxTries: number };
  whatsapp: {
    loginMessagePrefix: string;
    ttlSeconds: number;
    confirmation: 'never' | 'privileged' | 'always';
    /** Digits only, without `+`. */
    number: string | undefined;
  };
  greenApi: {
    url: string;
    idInstance: string | undefined;
    token: string | undefined;
    webhookToken: string | undefined;
  };
  deliveryRoutes: Map<CountryCode | '*', ChannelName[]>;
  logLevel: LogLevel;
  dataFolder: string;
}

export const CHANNEL_NAMES = ['green-api', 'kavenegar-verify', 'kavenegar-sms', 'melipayamak', 'console'] as const;
export type ChannelName = (typeof CHANNEL_NAMES)[number];

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const whole = (least: number, most: number, fallback: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be a whole number from ${least} to ${most}`)
    .default(fallback);

const oneOf = <const T extends readonly [string, ...string[]]>(values: T, fallback: T[number]) =>
  z.enum(values, `must be one of ${values.join(', ')}`).default(fallback as never);

const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (value) => protocols.includes(protocolOf(value)),
      `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    );

const list = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const countries = list.transform((codes, context) => {
  const upper = codes.map((code) => code.toUpperCase());
  for (const code of upper) {
    if (!isSupportedCountry(code))
      context.addIssue(`"${code}" is not a country code (ISO 3166, two letters, such as KZ)`);
  }
  return upper as CountryCode[];
});

const origins = list.refine(
  (values) => values.every((value) => URL.canParse(value) && new URL(value).origin === value),
  'must be web origins separated by commas, such as https://app.example.com (no path, no trailing slash)',
);

const routes = z
  .string()
  .default('IR=kavenegar-verify,kavenegar-sms,melipayamak;*=green-api')
  .transform((value, context) => {
    const parsed = new Map<CountryCode | '*', ChannelName[]>();
    for (const part of value.split(';').filter((text) => text.trim() !== '')) {
      const [place = '', channels = ''] = part.split('=').map((text) => text.trim());
      const country = place.toUpperCase();
      if (country !== '*' && !isSupportedCountry(country))
        context.addIssue(`"${country}" is neither a country code nor *`);
      const names = channels
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '');
      for (const name of names) {
        if (!CHANNEL_NAMES.includes(name as ChannelName)) {
          context.addIssue(`"${name}" is not a channel; there are ${CHANNEL_NAMES.join(', ')}`);
        }
      }
      parsed.set(country as CountryCode | '*', names as ChannelName[]);
    }
    return parsed;
  });

const ENVIRONMENT = z.object({
  NODE_ENV: z.string().optional(),
  PORT: whole(0, 65_535, 4000),
  HOST: z.string().optional(),
  PUBLIC_URL: url('http:', 'https:')
    .transform((value) => value.replace(/\/+$/, ''))
    .optional(),
  DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  REDIS_URL: url('redis:', 'rediss:').optional(),
  ALLOWED_ORIGINS: origins.default([]),
  TRUSTED_PROXY_HOPS: whole(0, 10, 0),
  GATEWAY_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters; "openssl rand -base64 48" makes a good one')
    .optional(),
  DEFAULT_COUNTRIES: countries.default(['KZ', 'KG', 'IR']),
  ALLOWED_COUNTRIES: countries.optional(),
  SIGN_UP: oneOf(['open', 'closed'], 'open'),
  OTP_LENGTH: whole(4, 8, 6),
  OTP_TTL_SECONDS: whole(1, 600, 300),
  OTP_MAX_TRIES: whole(1, 10, 5),
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
  GREEN_API_URL: url('http:', 'https:')
    .transform((value) => value.replace(/\/+$/, ''))
    .default('https://api.green-api.com'),
  GREEN_API_ID_INSTANCE: z
    .string()
    .regex(/^\d{1,10}$/, 'must be the number of the instance, 1 to 10 digits')
    .optional(),
  GREEN_API_TOKEN: z.string().optional(),
  GREEN_API_WEBHOOK_TOKEN: z
    .string()
    .transform(bareToken)
    .refine((token) => token !== '' && !/^(bearer|basic)$/i.test(token), 'has nothing after its prefix')
    .optional(),
  DELIVERY_ROUTES: routes,
  LOG_LEVEL: oneOf(LOG_LEVELS, 'info'),
});

/**
 * Reads the environment. An empty variable counts as unset.
 *
 * @throws StartupError that lists every mistake at once, by variable, without any value that could be a secret.
 */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''));
  const parsed = ENVIRONMENT.safeParse(set);
  const problems = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`),
    ...combinationProblems(set),
  ];
  if (!parsed.success || problems.length > 0) {
    throw new StartupError(
      `The configuration has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
  }
  return toConfig(parsed.data);
}

type Environment = z.output<typeof ENVIRONMENT>;

/** What is missing or does not go together, whether or not the rest can be read. */
function combinationProblems(env: Record<string, string | undefined>): string[] {
  const problems: string[] = [];
  if (env['GREEN_API_TOKEN'] && !env['GREEN_API_ID_INSTANCE']) {
    problems.push('GREEN_API_ID_INSTANCE is missing: GREEN_API_TOKEN needs it (both stand in the Green API console)');
  }
  if (env['NODE_ENV'] !== 'production') return problems;
  if (!env['GATEWAY_SECRET']) {
    problems.push(
      'GATEWAY_SECRET is missing: it is required when NODE_ENV is production ("openssl rand -base64 48" makes one)',
    );
  }
  if (env['GREEN_API_ID_INSTANCE'] && !env['GREEN_API_WEBHOOK_TOKEN']) {
    problems.push(
      'GREEN_API_WEBHOOK_TOKEN is missing: without it anybody could sign in as anybody through the webhook',
    );
  }
  if (env['GREEN_API_WEBHOOK_TOKEN'] && !env['GREEN_API_ID_INSTANCE']) {
    problems.push(
      'GREEN_API_ID_INSTANCE is missing: GREEN_API_WEBHOOK_TOKEN needs it to tell our instance from others',
    );
  }
  if (env['DELIVERY_ROUTES']?.includes('console')) {
    problems.push(
      'DELIVERY_ROUTES names the console channel: it writes codes into the log, and exists in development only',
    );
  }
  return problems;
}

/** What works, but probably not as it was meant: said in the log at start. */
export function configWarnings(config: Config): string[] {
  if (!config.production) return [];
  const { greenApi, whatsapp } = config;
  return [
    ...(config.databaseUrl
      ? []
      : [`DATABASE_URL is not set: people are kept in a PostgreSQL of this process, under ${config.dataFolder}/`]),
    ...(config.publicUrl.startsWith('http://localhost')
      ? ['PUBLIC_URL is not set: tokens name localhost as their issuer']
      : []),
    ...(greenApi.idInstance ? [] : ['GREEN_API_ID_INSTANCE is not set: there is no login by WhatsApp']),
    ...(greenApi.idInstance && !greenApi.token && whatsapp.confirmation !== 'never'
      ? [
          `GREEN_API_TOKEN is not set: nobody can be asked to confirm, although WHATSAPP_CONFIRMATION is ${whatsapp.confirmation}`,
        ]
      : []),
  ];
}

function toConfig(env: Environment): Config {
  const production = env.NODE_ENV === 'production';
  return {
    production,
    port: env.PORT,
    host: env.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    publicUrl: env.PUBLIC_URL ?? `http://localhost:${env.PORT}`,
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    allowedOrigins: env.ALLOWED_ORIGINS,
    trustedProxyHops: env.TRUSTED_PROXY_HOPS,
    gatewaySecret: env.GATEWAY_SECRET,
    defaultCountries: env.DEFAULT_COUNTRIES,
    allowedCountries: env.ALLOWED_COUNTRIES,
    signUp: env.SIGN_UP,
    otp: { length: env.OTP_LENGTH, ttlSeconds: env.OTP_TTL_SECONDS, maxTries: env.OTP_MAX_TRIES },
    whatsapp: {
      loginMessagePrefix: env.LOGIN_MESSAGE_PREFIX,
      ttlSeconds: env.WHATSAPP_LOGIN_TTL_SECONDS,
      confirmation: env.WHATSAPP_CONFIRMATION,
      number: env.WHATSAPP_NUMBER,
    },
    greenApi: {
      url: env.GREEN_API_URL,
      idInstance: env.GREEN_API_ID_INSTANCE,
      token: env.GREEN_API_TOKEN,
      webhookToken: env.GREEN_API_WEBHOOK_TOKEN,
    },
    deliveryRoutes: env.DELIVERY_ROUTES,
    logLevel: env.LOG_LEVEL,
    dataFolder: '.data',
  };
}

function protocolOf(value: string): string {
  return URL.canParse(value) ? new URL(value).protocol : '';
}
