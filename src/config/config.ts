import type { CountryCode } from 'libphonenumber-js/max';
import { StartupError } from '../startup-error.js';
import { combinationProblems } from './combinations.js';
import { ENVIRONMENT, type Environment } from './environment.js';
import type { ChannelName, LogLevel } from './names.js';

export type { ChannelName, LogLevel };

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
