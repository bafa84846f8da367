import type { z } from 'zod';
import { withoutSms } from './route.js';
import { settingsOfProviders } from '../delivery/channels/providers.js';
import { publicPathOf } from './public-path.js';
import { pricesOfInstances } from './configured-channels.js';
import type { ENVIRONMENT } from './environment.js';
import type { LeftOut } from './left-out.js';

/** The settings of the gateway. Units are in the names. */
export type Config = ReturnType<typeof toConfig>;

/** Converts the variables of the environment to the shape that the code reads. */
export function toConfig(env: z.output<typeof ENVIRONMENT>) {
  const production = env.NODE_ENV === 'production';
  const providers = settingsOfProviders(env);
  const sms = env.SMS_ENABLED === 'true';
  const publicUrl = env.PUBLIC_URL ?? `http://localhost:${env.PORT}`;
  return {
    production,
    /** Whether the operator permits development where other machines can reach it. */
    unsafeDevelopment: env.ALLOW_UNSAFE_DEVELOPMENT === 'on',
    port: env.PORT,
    host: env.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    /** Where clients and backends reach the gateway; the issuer of its tokens. Without trailing slash. */
    publicUrl,
    /** The path of `publicUrl`: empty, or such as `/auth`. */
    publicPath: publicPathOf(publicUrl),
    /** Undefined: an embedded PostgreSQL under `dataFolder`. */
    databaseUrl: env.DATABASE_URL,
    /** The same database without a pooler, for migrations and imports. Undefined: they use `databaseUrl`. */
    directDatabaseUrl: env.DIRECT_DATABASE_URL,
    /** For `phonegate migrate` only. Undefined: the user of `databaseUrl` owns the tables. */
    databaseOwnerUrl: env.DATABASE_OWNER_URL,
    /** The maximum number of connections for each kind of work, and how long a read of an admin may take. */
    databasePools: {
      signIn: env.DATABASE_POOL_SIZE,
      admin: env.DATABASE_ADMIN_POOL_SIZE,
      background: env.DATABASE_BACKGROUND_POOL_SIZE,
      adminTimeoutSeconds: env.DATABASE_ADMIN_TIMEOUT_SECONDS,
    },
    /** Undefined: publish/subscribe stays in the process; other instances notice changes by polling. */
    redis: env.REDIS_URL,
    /** Web origins that may call from a browser, in addition to the gateway's own. */
    allowedOrigins: env.ALLOWED_ORIGINS,
    /** The URIs that a browser may be sent to with an authorization code, by the id of their application. */
    applications: env.APPLICATIONS,
    /** Number of proxies in front of the gateway that append to X-Forwarded-For. */
    trustedProxyHops: env.TRUSTED_PROXY_HOPS,
    /** How long load balancers get to notice that this instance shuts down. In development nobody waits for it. */
    shutdownDelaySeconds: env.SHUTDOWN_DELAY_SECONDS ?? (production ? 5 : 0),
    clientOperationsPerSecond: env.CLIENT_OPERATIONS_PER_SECOND,
    /** Root of all keys. Undefined only in development, where one is generated under `dataFolder`. */
    gatewaySecret: env.GATEWAY_SECRET,
    /** A second secret whose keys are accepted: the previous one or the next one. */
    gatewaySecretPrevious: env.GATEWAY_SECRET_PREVIOUS,
    /** Shows the details of /health/ready. Undefined: nobody sees them. */
    healthToken: env.HEALTH_TOKEN,
    /** Where to report vulnerabilities, as URIs. Empty: there is no security.txt. */
    securityContacts: env.SECURITY_CONTACT,
    /** Countries in which national spellings of phone numbers are tried, in this order. */
    defaultCountries: env.DEFAULT_COUNTRIES,
    /** The countries whose phones get codes. `*`: every country, and numbers that belong to none. */
    allowedCountries: env.ALLOWED_COUNTRIES ?? env.DEFAULT_COUNTRIES,
    /** Phones that begin so get no code. E.164, with `+`. */
    deniedPrefixes: env.DENIED_PREFIXES,
    signUp: env.SIGN_UP,
    /** Whether the phone of a user who has long been away opens a new account on an unknown device. */
    recycledPhones: env.RECYCLED_PHONES,
    /** The roles of users. New users have the first one. */
    roles: env.ROLES as [string, ...string[]],
    sessions: {
      /** Days until an unused session ends. */
      idleDays: env.SESSION_IDLE_DAYS,
      /** Days until a session ends, regardless of its use. */
      absoluteDays: env.SESSION_ABSOLUTE_DAYS,
      /** Minutes after the sign-in for which a session can use the admin API. */
      adminMinutes: env.ADMIN_SESSION_MINUTES,
      /** Whether browsers keep their refresh token in a cookie. */
      cookie: env.SESSION_COOKIE === 'on',
    },
    /** Whether users get a message about sign-ins on new devices. */
    newDeviceNotice: env.NEW_DEVICE_NOTICE === 'on',
    /** The header in which a proxy sends the location of a client, in lower case. */
    clientLocationHeader: env.CLIENT_LOCATION_HEADER,
    /** Whether the schema is served as a subgraph (Apollo Federation 2). */
    federation: env.FEDERATION === 'on',
    /** Days that rows are kept: finished attempts, deliveries and sessions; the audit log; and guard events. */
    retention: {
      historyDays: env.HISTORY_RETENTION_DAYS,
      auditDays: env.AUDIT_RETENTION_DAYS,
      guardEventDays: env.GUARD_EVENT_RETENTION_DAYS,
    },
    /** Phones that sign in with a fixed code until their last day, and are sent nothing. */
    testPhones: env.TEST_PHONES,
    otp: { length: env.OTP_LENGTH, ttlSeconds: env.OTP_TTL_SECONDS, maxTries: env.OTP_MAX_TRIES },
    captcha: {
      kind: env.CAPTCHA,
      /** Whether every client that starts a sign-in must solve one, or only those that limits make suspicious. */
      askAlways: env.CAPTCHA_ASK === 'always',
      /** Both are set for `turnstile` and `hcaptcha` only. */
      siteKey: env.CAPTCHA_SITE_KEY,
      secret: env.CAPTCHA_SECRET,
      /** Undefined: the URL of the service. */
      verifyUrl: env.CAPTCHA_VERIFY_URL,
    },
    whatsapp: {
      loginMessagePrefix: env.LOGIN_MESSAGE_PREFIX,
      ttlSeconds: env.WHATSAPP_LOGIN_TTL_SECONDS,
      confirmation: env.WHATSAPP_CONFIRMATION,
      /** Digits only, without `+`. */
      number: env.WHATSAPP_NUMBER,
    },
    ...providers,
    delivery: {
      /** Without the channels that SMS_ENABLED switches off. */
      routes: sms ? env.DELIVERY_ROUTES : withoutSms(env.DELIVERY_ROUTES),
      sms,
      /** Time for all channels together, before the client is answered. */
      budgetSeconds: env.DELIVERY_BUDGET_SECONDS,
      channelTimeoutSeconds: env.DELIVERY_CHANNEL_TIMEOUT_SECONDS,
      /** The shortest wait for a receipt before the next channel is tried. 0 waits without end. Other countries have the usual time of the channel. */
      receiptTimeoutSeconds: env.DELIVERY_RECEIPT_TIMEOUT_SECONDS,
      /** The host in the last line of an SMS, for origin-bound one-time codes. */
      webOtpHost: env.SMS_WEBOTP_HOST,
      /** The last line of an SMS for our Android app. */
      appHash: env.SMS_APP_HASH,
      /** What messages call the application: the title of the login page. */
      serviceName: env.LOGIN_TITLE,
    },
    /** Limits on messages and money. */
    guard: {
      /** In US dollars, by `channel` or `channel/COUNTRY`. */
      prices: new Map([...pricesOfInstances(providers), ...env.MESSAGE_PRICES_USD]),
      /** US dollars for all messages. */
      spendPerDay: env.SPEND_LIMIT_USD_PER_DAY,
      unverifiedPerCountryPerDay: env.UNVERIFIED_MESSAGES_PER_COUNTRY_PER_DAY,
      messagesPerChannelPerDay: env.MESSAGES_PER_CHANNEL_PER_DAY,
    },
    loginPage: {
      title: env.LOGIN_TITLE,
      /** Undefined: no logo. */
      logoUrl: env.LOGIN_LOGO_URL,
      /** CSS values by the name of their variable. */
      theme: env.LOGIN_THEME,
    },
    /** Providers whose variables have mistakes, where STRICT_CHANNELS is off. */
    leftOut: undefined as readonly LeftOut[] | undefined,
    logLevel: env.LOG_LEVEL,
    logFormat: env.LOG_FORMAT,
    /** Data of the embedded PostgreSQL and the secret of a development gateway. */
    dataFolder: '.data',
  };
}
