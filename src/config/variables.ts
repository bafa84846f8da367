import type { ENVIRONMENT } from './environment.js';

/** What the reference says about a variable of the environment. Markdown; links are relative to docs/reference. */
export interface Variable {
  meaning: string;
  unit?: 'seconds' | 'days';
  /** The smallest and the largest number. */
  range?: readonly [min: number, max: number];
  /** The words that are accepted. */
  values?: readonly string[];
  /** What else must hold. */
  form?: string;
  /** The value when the variable is unset. */
  fallback?: string;
  /** What it means that the variable is unset, where there is no such value. */
  unset?: string;
}

type Name = keyof typeof ENVIRONMENT.shape;

/**
 * Every variable, for docs/reference/configuration.md. `npm run docs:reference` prints it; a test compares bounds, words and defaults
 * with environment.ts.
 */
export const VARIABLES: Record<string, Partial<Record<Name, Variable>>> = {
  'What it is': {
    NODE_ENV: {
      meaning:
        "`production` turns production mode on; any other value is development. In production `GATEWAY_SECRET` is required, and GraphiQL, introspection, the console channel and the developer's phone are off.",
      unset: 'development',
    },
  },
  'Where it listens and how it is reached': {
    PORT: {
      meaning: 'Port of HTTP and WebSocket. `0` takes a free port.',
      range: [0, 65_535],
      fallback: '4000',
    },
    HOST: { meaning: 'Address to listen on.', unset: '`127.0.0.1`; in production `0.0.0.0`' },
    PUBLIC_URL: {
      meaning:
        'Where clients and backends reach the gateway. It is the issuer (`iss`) of the tokens, and its origin may call from browsers. It must be the same on every instance.',
      form: 'A URL with `http://` or `https://`. Slashes at the end are dropped.',
      unset: '`http://localhost:<PORT>`; in production the gateway warns',
    },
    ALLOWED_ORIGINS: {
      meaning:
        'Web origins that may call from a browser, in addition to that of `PUBLIC_URL`. In development any origin on `localhost`, `127.0.0.1` or `[::1]` may call too.',
      form: 'Origins separated by commas, such as `https://app.example.com`, without a path and without a slash at the end.',
      unset: 'none',
    },
    REDIRECT_URIS: {
      meaning:
        'Where a user may be sent with a [one-time authorization code](../guides/authorization-code.md), compared character by character. In development any address on `localhost`, `127.0.0.1` or `[::1]` is allowed too.',
      form: 'URIs separated by commas, as browsers write them: `https://…`, `http://` on `localhost`, `127.0.0.1` or `[::1]`, or a scheme of an app that has a dot in it (`com.example.app:/login`). No `#`, user, password or `*`, and no `code` or `state` in the query. Write a comma within a URI as `%2C`. At most 2,000 characters each.',
      unset: 'none',
    },
    TRUSTED_PROXY_HOPS: {
      meaning:
        'Number of proxies in front of the gateway that append to `X-Forwarded-For`. `0`: the header is not read.',
      range: [0, 10],
      fallback: '0',
    },
    CLIENT_LOCATION_HEADER: {
      meaning:
        'The header in which your proxy says where a client is, such as `CF-IPCountry`. The proxy must set it on every request. It needs `TRUSTED_PROXY_HOPS`.',
      form: 'The name of a header.',
      unset: 'the location of clients is not known',
    },
  },
  'Where it keeps data': {
    DATABASE_URL: {
      meaning: 'A PostgreSQL server. The gateway brings its schema up to date at start.',
      form: 'A URL with `postgres://` or `postgresql://`.',
      unset: 'an embedded PostgreSQL, with its data under `.data/`; in production the gateway warns',
    },
    REDIS_URL: {
      meaning: 'A Redis server. It carries notifications of change between instances (publish/subscribe).',
      form: 'A URL with `redis://` or `rediss://`.',
      unset: 'publish/subscribe stays in the process; other instances notice changes within 2 seconds',
    },
    GATEWAY_SECRET: {
      meaning:
        'Root of all keys: codes, refresh tokens, encryption of the signing keys. It must be the same on every instance. `openssl rand -base64 48` makes a good one. [How to change it](../operations/keys.md#changing-gateway_secret).',
      form: 'At least 32 characters.',
      unset: 'one is generated under `.data/`; in production the gateway does not start',
    },
    GATEWAY_SECRET_PREVIOUS: {
      meaning: 'The previous secret, or the next one. What was made with it still works.',
      form: 'At least 32 characters, and not the same as `GATEWAY_SECRET`.',
      unset: 'only `GATEWAY_SECRET` counts',
    },
    HISTORY_RETENTION_DAYS: {
      meaning: 'How long attempts, the SMS log, and sessions that are over are kept.',
      unit: 'days',
      range: [1, 3650],
      fallback: '90',
    },
    AUDIT_RETENTION_DAYS: {
      meaning: 'How long the audit log is kept.',
      unit: 'days',
      range: [31, 3650],
      fallback: '365',
    },
  },
  'Who may sign in': {
    DEFAULT_COUNTRIES: {
      meaning: 'Countries in which a number without a country code is tried, in this order.',
      form: 'ISO 3166 codes of two letters, separated by commas.',
      fallback: 'KZ,KG,IR',
    },
    ALLOWED_COUNTRIES: {
      meaning: 'Countries whose phones may ask for a code, and whose unknown numbers may sign up by WhatsApp.',
      form: 'ISO 3166 codes of two letters, separated by commas.',
      unset: 'every country',
    },
    SIGN_UP: {
      meaning:
        'Whether an unknown number becomes a user. With `closed` only users who were added by an admin, an operator or an import can sign in.',
      values: ['open', 'closed'],
      fallback: 'open',
    },
    ROLES: {
      meaning: 'The roles that a user can have. New users get the first. `ADMIN` opens the admin API.',
      form: '1 to 32 capital letters, digits and underscores each, separated by commas. `ADMIN` cannot be the first.',
      fallback: 'USER,MANAGER,ADMIN',
    },
  },
  Sessions: {
    SESSION_IDLE_DAYS: {
      meaning: 'How long a refresh token lives without being used. At most `SESSION_ABSOLUTE_DAYS`.',
      unit: 'days',
      range: [1, 365],
      fallback: '14',
    },
    SESSION_ABSOLUTE_DAYS: {
      meaning: 'How long a session lives, however much it is used.',
      unit: 'days',
      range: [1, 365],
      fallback: '30',
    },
    SESSION_COOKIE: {
      meaning:
        '`on`: browsers keep the refresh token in a cookie that no script can read ([how](../guides/sessions.md#in-a-browser-the-cookie)). `PUBLIC_URL` must be https.',
      values: ['on', 'off'],
      fallback: 'off',
    },
    FEDERATION: {
      meaning:
        '`on`: the schema is served as a [subgraph](../guides/backends.md#apollo-federation). Then `_service` shows the whole schema, in production too.',
      values: ['on', 'off'],
      fallback: 'off',
    },
  },
  Codes: {
    OTP_LENGTH: { meaning: 'Number of digits of a code.', range: [4, 8], fallback: '6' },
    OTP_TTL_SECONDS: { meaning: 'How long a code works.', unit: 'seconds', range: [1, 600], fallback: '300' },
    OTP_MAX_TRIES: { meaning: 'Number of wrong codes that close an attempt.', range: [1, 10], fallback: '5' },
  },
  Delivery: {
    DELIVERY_ROUTES: {
      meaning:
        'The channels for codes by country, in order: `green-api`, `kavenegar-verify`, `kavenegar-sms`, `melipayamak`, `console`. `*` is every country that is not named. Other configured channels follow ([routes](../operations/delivery.md#routes)).',
      form: '`COUNTRY=channel,…;*=channel,…`. In production without `console`.',
      fallback: 'IR=kavenegar-verify,kavenegar-sms,melipayamak;*=green-api',
    },
    DELIVERY_BUDGET_SECONDS: {
      meaning: 'How long all channels together may take before the user is answered.',
      unit: 'seconds',
      range: [1, 20],
      fallback: '10',
    },
    DELIVERY_CHANNEL_TIMEOUT_SECONDS: {
      meaning: 'How long one channel may take of `DELIVERY_BUDGET_SECONDS`.',
      unit: 'seconds',
      range: [1, 15],
      fallback: '5',
    },
    DELIVERY_RECEIPT_TIMEOUT_SECONDS: {
      meaning:
        'How long an accepted message may take to arrive before the next channel is tried. `0` waits without end. One number, or by country: `IR=60;*=20`. Receipts of SMS can be slower than 20 seconds; then a second SMS is paid for.',
      unit: 'seconds',
      range: [0, 600],
      fallback: '20',
    },
    SMS_WEBOTP_HOST: {
      meaning:
        'The host of the page where codes are typed in. Texts of `kavenegar-sms` then end with `@host #code`, and browsers offer the code on that page only.',
      form: 'A host name alone, such as `app.example.com`.',
      unset: 'texts have no such line',
    },
  },
  'Login page': {
    LOGIN_TITLE: {
      meaning: 'Name of what users sign in to: in the heading of the login page, and in messages (`{service}`).',
      form: '1 to 60 characters.',
      fallback: 'Phonegate',
    },
    LOGIN_LOGO_URL: {
      meaning: 'A picture above the title.',
      form: 'A URL with `https://` or `http://`, at a plain host name, without user and password.',
      unset: 'no picture',
    },
    LOGIN_THEME: {
      meaning:
        'Colours and shapes of the page: `accent` and `on-accent` (text on it) of light screens, `dark-accent` and `dark-on-accent` of dark screens, `radius` of corners, and `font`.',
      form: '`name=value` separated by `;`, such as `accent=#0b6b4f;dark-accent=#5fd0a8;radius=0.5rem`. Colours as `#0b6b4f` or `rgb(…)`, `radius` as `8px`, `font` as names of fonts.',
      unset: 'our own look',
    },
  },
  'WhatsApp login': {
    LOGIN_MESSAGE_PREFIX: {
      meaning: "How the WhatsApp login message begins, before the attempt's id.",
      form: '1 to 40 letters, digits, spaces, dots, dashes or underscores.',
      fallback: 'AMT LOGIN',
    },
    WHATSAPP_LOGIN_TTL_SECONDS: {
      meaning: 'How long a WhatsApp login waits for its message.',
      unit: 'seconds',
      range: [1, 600],
      fallback: '180',
    },
    WHATSAPP_CONFIRMATION: {
      meaning:
        'Which users must also send back the two-digit number on the screen: no user (`never`), users with a role other than the first of `ROLES` (`privileged`), or all users (`always`). To ask them, the gateway needs `GREEN_API_TOKEN`.',
      values: ['never', 'privileged', 'always'],
      fallback: 'privileged',
    },
    WHATSAPP_NUMBER: {
      meaning:
        "The gateway's own WhatsApp number. With it the QR code is a `https://wa.me/` link, and webhooks for another number are ignored.",
      form: '7 to 15 digits with the country code. Spaces, dashes, brackets and `+` are dropped.',
      unset: 'the QR code is the message alone',
    },
  },
  'Green API (WhatsApp)': {
    GREEN_API_URL: {
      meaning: 'The API URL of your Green API instance.',
      form: 'A URL with `https://` or `http://`, without user and password.',
      fallback: 'https://api.green-api.com',
    },
    GREEN_API_ID_INSTANCE: {
      meaning: 'The number of your instance. Webhooks of any other instance are ignored.',
      form: '1 to 10 digits.',
      unset: 'in production there is no WhatsApp login',
    },
    GREEN_API_TOKEN: {
      meaning:
        'The API token of the instance: for codes by WhatsApp, for replies, and to look up hidden senders. It needs `GREEN_API_ID_INSTANCE`.',
      form: 'Letters, digits and `. _ ~ % + = -`.',
      unset: 'no channel `green-api`, no replies, and hidden senders are refused',
    },
    GREEN_API_WEBHOOK_TOKEN: {
      meaning:
        'The token that webhooks must show in `Authorization`: the `webhookUrlToken` of the instance. In production it is required with `GREEN_API_ID_INSTANCE`, and the other way round.',
      unset: 'in development the token is not checked',
    },
  },
  'Kavenegar (SMS)': {
    KAVENEGAR_URL: {
      meaning: "Where Kavenegar's API is.",
      form: 'A URL with `https://` or `http://`, without user and password.',
      fallback: 'https://api.kavenegar.com',
    },
    KAVENEGAR_API_KEY: {
      meaning: 'The key of your Kavenegar account.',
      form: 'Letters, digits and `. _ ~ % + = -`.',
      unset: 'no channel of Kavenegar',
    },
    KAVENEGAR_TEMPLATE: {
      meaning: 'The name of your approved verify template, with `%token` for the code. It needs `KAVENEGAR_API_KEY`.',
      unset: 'no channel `kavenegar-verify`',
    },
    KAVENEGAR_SENDER: {
      meaning: 'The line that `kavenegar-sms` sends from. It needs `KAVENEGAR_API_KEY`.',
      form: "4 to 20 digits. Spaces, dashes, brackets and Iran's country code are dropped.",
      unset: 'the default line of the account',
    },
    KAVENEGAR_CALLBACK_SECRET: {
      meaning:
        'The last part of the address that Kavenegar calls when a message has moved on ([status callback](../providers/kavenegar.md#the-status-callback)). It needs `KAVENEGAR_API_KEY`.',
      form: '16 to 128 letters, digits, dashes or underscores.',
      unset: 'there is no such address, and Kavenegar is only polled',
    },
  },
  'Melipayamak (SMS in Iran)': {
    MELIPAYAMAK_URL: {
      meaning: "Where Melipayamak's REST API is.",
      form: 'A URL with `https://` or `http://`, without user and password.',
      fallback: 'https://rest.payamak-panel.com',
    },
    MELIPAYAMAK_USERNAME: {
      meaning: 'The user of your Melipayamak account. It needs `MELIPAYAMAK_PASSWORD`.',
      unset: 'REST is not used',
    },
    MELIPAYAMAK_PASSWORD: {
      meaning:
        'The password of the account, or the API key if the account takes no password any more. It needs `MELIPAYAMAK_USERNAME`.',
      unset: 'REST is not used',
    },
    MELIPAYAMAK_BODY_ID: {
      meaning:
        'The number of your approved pattern, with one place, for the code. It needs the user and the password, or `MELIPAYAMAK_CONSOLE_TOKEN`.',
      form: '1 to 10 digits.',
      unset: 'no pattern is sent',
    },
    MELIPAYAMAK_CONSOLE_URL: {
      meaning: "Where Melipayamak's console API is.",
      form: 'A URL with `https://` or `http://`, without user and password.',
      fallback: 'https://console.melipayamak.com',
    },
    MELIPAYAMAK_CONSOLE_TOKEN: {
      meaning:
        'The token of the console API. With it patterns are sent through the console instead of REST. It needs `MELIPAYAMAK_BODY_ID`.',
      form: 'Letters, digits and `. _ ~ % + = -`.',
      unset: 'patterns are sent through REST',
    },
    SMS_SENDER_NUMBER: {
      meaning:
        'The line of your Melipayamak account for plain texts, where the pattern is refused or there is none. It is used with `MELIPAYAMAK_USERNAME` only.',
      form: "4 to 20 digits. Spaces, dashes, brackets and Iran's country code are dropped.",
      unset: 'no plain texts are sent through Melipayamak',
    },
  },
  Log: {
    LOG_LEVEL: {
      meaning: 'How much is logged. The console channel shows codes at `info`, `debug` and `trace` only.',
      values: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      fallback: 'info',
    },
  },
};
