import type { CountryCode } from 'libphonenumber-js/max';
import { StartupError } from '../startup-error.js';
import { crossCheckProblems } from './cross-checks.js';
import { ENVIRONMENT, type Environment } from './environment.js';
import type { ChannelName, LogLevel } from './names.js';
import { renamedProblems } from './renamed.js';

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
  /** Where a person may be sent with a code, besides this machine in development: see isAllowedRedirect. */
  redirectUris: string[];
  /** How many proxies in front of the gateway append to X-Forwarded-For. */
  trustedProxyHops: number;
  /** Root of all keys. Absent only in development, where one is made and kept under `dataFolder`. */
  gatewaySecret: string | undefined;
  /** One more secret that is known: the one before, or the one to come. */
  gatewaySecretPrevious: string | undefined;
  /** National spellings are tried in these countries, in this order. */
  defaultCountries: CountryCode[];
  /** Absent: every country. */
  allowedCountries: CountryCode[] | undefined;
  signUp: 'open' | 'closed';
  /** What a person can be; the first is everybody's to begin with. */
  roles: [string, ...string[]];
  sessions: {
    /** Without a refresh. */
    idleDays: number;
    /** However much it is used. */
    absoluteDays: number;
    /** Browsers keep their refresh token in a cookie. */
    cookie: boolean;
  };
  /** The header in which a proxy tells where a client is. */
  clientLocationHeader: string | undefined;
  /** The schema is served as a subgraph (Apollo Federation 2). */
  federation: boolean;
  retention: {
    /** Attempts, deliveries and sessions that are over. */
    historyDays: number;
    auditDays: number;
  };
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
  /** Without a key there is no Kavenegar channel; without a template none that verifies. */
  kavenegar: {
    url: string;
    apiKey: string | undefined;
    template: string | undefined;
    /** Absent: the account's own line. */
    sender: string | undefined;
    /** The last part of the callback's path. Absent: there is no callback, only asking. */
    callbackSecret: string | undefined;
  };
  melipayamak: {
    url: string;
    username: string | undefined;
    password: string | undefined;
    /** The approved pattern. */
    bodyId: string | undefined;
    consoleUrl: string;
    consoleToken: string | undefined;
    /** The line for plain texts, where the pattern is refused. */
    sender: string | undefined;
  };
  delivery: {
    routes: Map<CountryCode | '*', ChannelName[]>;
    /** All channels together, before the person is answered. */
    budgetSeconds: number;
    channelTimeoutSeconds: number;
    /** How long an accepted message may take to arrive before the next channel is tried; 0: for ever. */
    receiptTimeoutSeconds: Map<CountryCode | '*', number>;
    /** Origin-bound one-time codes: what the last line of an SMS names. */
    webOtpHost: string | undefined;
  };
  loginPage: {
    title: string;
    /** Absent: no picture. */
    logoUrl: string | undefined;
    /** CSS values by the name of their variable. */
    theme: Map<string, string>;
  };
  logLevel: LogLevel;
  dataFolder: string;
}

/**
 * Reads the environment. An empty variable counts as unset.
 *
 * @throws StartupError that lists every mistake at once, by variable, without any value that could be a secret.
 */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const { config, problems } = readConfig(env);
  if (config && problems.length === 0) return config;
  throw new StartupError(
    `The configuration has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
  );
}

/** The same with what is wrong beside what could be read; nothing could where a variable has no readable form. */
export function readConfig(env: Record<string, string | undefined>): {
  config: Config | undefined;
  problems: string[];
} {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''));
  const parsed = ENVIRONMENT.safeParse(set);
  const problems = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`),
    ...renamedProblems(set),
    ...crossCheckProblems(set),
  ];
  return { config: parsed.data && toConfig(parsed.data), problems };
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
    redirectUris: env.REDIRECT_URIS,
    trustedProxyHops: env.TRUSTED_PROXY_HOPS,
    gatewaySecret: env.GATEWAY_SECRET,
    gatewaySecretPrevious: env.GATEWAY_SECRET_PREVIOUS,
    defaultCountries: env.DEFAULT_COUNTRIES,
    allowedCountries: env.ALLOWED_COUNTRIES,
    signUp: env.SIGN_UP,
    roles: env.ROLES as [string, ...string[]],
    sessions: {
      idleDays: env.SESSION_IDLE_DAYS,
      absoluteDays: env.SESSION_ABSOLUTE_DAYS,
      cookie: env.SESSION_COOKIE === 'on',
    },
    clientLocationHeader: env.CLIENT_LOCATION_HEADER,
    federation: env.FEDERATION === 'on',
    retention: { historyDays: env.HISTORY_RETENTION_DAYS, auditDays: env.AUDIT_RETENTION_DAYS },
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
    kavenegar: {
      url: env.KAVENEGAR_URL,
      apiKey: env.KAVENEGAR_API_KEY,
      template: env.KAVENEGAR_TEMPLATE,
      sender: env.KAVENEGAR_SENDER,
      callbackSecret: env.KAVENEGAR_CALLBACK_SECRET,
    },
    melipayamak: {
      url: env.MELIPAYAMAK_URL,
      username: env.MELIPAYAMAK_USERNAME,
      password: env.MELIPAYAMAK_PASSWORD,
      bodyId: env.MELIPAYAMAK_BODY_ID,
      consoleUrl: env.MELIPAYAMAK_CONSOLE_URL,
      consoleToken: env.MELIPAYAMAK_CONSOLE_TOKEN,
      sender: env.SMS_SENDER_NUMBER,
    },
    delivery: {
      routes: env.DELIVERY_ROUTES,
      budgetSeconds: env.DELIVERY_BUDGET_SECONDS,
      channelTimeoutSeconds: env.DELIVERY_CHANNEL_TIMEOUT_SECONDS,
      receiptTimeoutSeconds: env.DELIVERY_RECEIPT_TIMEOUT_SECONDS,
      webOtpHost: env.SMS_WEBOTP_HOST,
    },
    loginPage: { title: env.LOGIN_TITLE, logoUrl: env.LOGIN_LOGO_URL, theme: env.LOGIN_THEME },
    logLevel: env.LOG_LEVEL,
    dataFolder: '.data',
  };
}
