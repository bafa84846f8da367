import { CHANNEL_NAMES } from '../delivery/channels/channel-list.js';
import { ALL_PROVIDERS } from '../delivery/channels/providers.js';
import type { ENVIRONMENT } from './environment.js';
import type { Variable } from './variable.js';

type Name = keyof typeof ENVIRONMENT.shape;

const listOf = (names: readonly string[]) =>
  `${names
    .slice(0, -1)
    .map((name) => `\`${name}\``)
    .join(', ')} and \`${names.at(-1)}\``;

/**
 * Every variable, for docs/reference/configuration.md. `npm run docs:reference` prints it; a test compares bounds, words and defaults
 * with environment.ts.
 */
export const VARIABLES: Record<string, Partial<Record<Name, Variable>>> = {
  Mode: {
    NODE_ENV: {
      meaning:
        "`production`, exactly this word, turns production mode on. In production `GATEWAY_SECRET` is required, and GraphiQL, introspection, the console channel and the developer's phone are off. Any other value means development. In development the gateway starts only if no other machine can reach it: see [development mode](../guides/development.md#where-development-mode-is-allowed).",
      form: 'The gateway refuses a value that resembles `production`, such as `prod` or `Production`.',
      unset: 'development',
    },
    ALLOW_UNSAFE_DEVELOPMENT: {
      meaning:
        'With `on`, the gateway also starts in development mode where other machines can reach it, or with a real provider. Use it only for development in a closed network, such as that of a container. The gateway warns at each start.',
      values: ['on', 'off'],
      fallback: 'off',
    },
  },
  'Network and URLs': {
    PORT: {
      meaning: 'Port of HTTP and WebSocket. `0` takes a free port.',
      range: [0, 65_535],
      fallback: '4000',
    },
    HOST: {
      meaning: 'Address to listen on. In development it must be a loopback address.',
      unset: '`127.0.0.1`; in production `0.0.0.0`',
    },
    PUBLIC_URL: {
      meaning:
        'The URL at which clients and backends reach the gateway. It is the issuer (`iss`) of the tokens. Pages of its origin may call the gateway from browsers. It can have a path ([how](../operations/reverse-proxies.md#below-a-path)). It must be the same on every instance.',
      form: 'A URL with `http://` or `https://`, a host and, if needed, a path of letters, digits, `-`, `.`, `_` and `~`, which must not begin with `/auth/verify`. The gateway removes slashes at the end.',
      unset: '`http://localhost:<PORT>`; in production the gateway warns',
    },
    ALLOWED_ORIGINS: {
      meaning:
        'Web origins whose pages may call the gateway from a browser, in addition to the origin of `PUBLIC_URL`. In development, any origin on `localhost`, `127.0.0.1` or `[::1]` is allowed too.',
      form: 'Origins separated by commas, such as `https://app.example.com`, without a path and without a slash at the end.',
      unset: 'none',
    },
    APPLICATIONS: {
      meaning:
        'The applications to which the gateway may send a user with a [one-time authorization code](../guides/authorization-code.md): the id of each (`client_id`) and its redirect URIs. The gateway compares ids and URIs character by character. In development, an application with any id may also use URIs on `localhost`, `127.0.0.1` and `[::1]`.',
      form: '`ID=URI,…;ID=URI,…`. An id has 1 to 64 letters, digits, `-`, `.`, `_` or `~`. Write URIs as browsers write them. A URI begins with `https://`, with `http://` on `localhost`, `127.0.0.1` or `[::1]`, or with the scheme of an app, which must contain a dot (`com.example.app:/login`). It has no `#`, user, password or `*`, and no `code` or `state` in the query. Write a comma within a URI as `%2C`, and a semicolon as `%3B`. At most 2,000 characters each.',
      unset: 'none',
    },
    SHUTDOWN_DELAY_SECONDS: {
      meaning:
        'How long an instance still accepts connections after SIGTERM, while `/health/ready` answers 503. Load balancers must notice that in this time ([rolling restarts](../operations/scaling.md#stopping)). With `0` it stops accepting connections at once.',
      unit: 'seconds',
      range: [0, 300],
      unset: '0; in production 5',
    },
    TRUSTED_PROXY_HOPS: {
      meaning:
        'Number of proxies in front of the gateway that append to `X-Forwarded-For`. With `0` the gateway ignores the header.',
      range: [0, 10],
      fallback: '0',
    },
    CLIENT_OPERATIONS_PER_SECOND: {
      meaning:
        'GraphQL operations that one client IP address (IPv6: a /64 network) can send to one instance per second. Ten times as many can come at once. Raise it if a server of yours sends the requests of many users.',
      range: [1, 100_000],
      fallback: '100',
    },
    CLIENT_LOCATION_HEADER: {
      meaning:
        'The header in which your proxy says where a client is, such as `CF-IPCountry`. The proxy must set it on every request. It needs `TRUSTED_PROXY_HOPS`.',
      form: 'The name of a header.',
      unset: 'the gateway does not know the location of clients',
    },
  },
  'Data and secrets': {
    DATABASE_URL: {
      secret: true,
      meaning: 'The URL of the PostgreSQL database. The gateway applies migrations at start.',
      form: 'A URL with `postgres://` or `postgresql://`, with [one host or several](../operations/postgresql.md).',
      unset: 'an embedded PostgreSQL, with its data under `.data/`; in production the gateway warns',
    },
    DIRECT_DATABASE_URL: {
      secret: true,
      meaning:
        'The URL of the same database without the [pooler](../operations/postgresql.md#behind-a-pooler) that `DATABASE_URL` leads through. Migrations and imports of users use it, because they may take longer than a pooler permits.',
      form: 'A URL with `postgres://` or `postgresql://`.',
      unset: 'they use `DATABASE_URL`, which works through a pooler too',
    },
    DATABASE_OWNER_URL: {
      secret: true,
      meaning:
        'For `phonegate migrate` only: the URL of the same database, with the role that owns the tables. Then the role of `DATABASE_URL` owns nothing, and cannot change the audit log ([how](../operations/database-roles.md)). Do not give this variable to the gateway.',
      form: 'A URL with `postgres://` or `postgresql://`.',
      unset: 'the role of `DATABASE_URL` owns the tables',
    },
    DATABASE_POOL_SIZE: {
      meaning:
        'The most connections to PostgreSQL that this instance opens for sign-ins and sessions ([all connections](../operations/scaling.md#connections-to-postgresql)).',
      range: [2, 500],
      fallback: '16',
    },
    DATABASE_ADMIN_POOL_SIZE: {
      meaning: 'The most connections for reads of the admin API. Further reads wait up to 5 seconds.',
      range: [1, 50],
      fallback: '2',
    },
    DATABASE_BACKGROUND_POOL_SIZE: {
      meaning: 'The most connections for cleanup, failover, receipts, and the live feeds of the admin API.',
      range: [2, 50],
      fallback: '4',
    },
    DATABASE_ADMIN_TIMEOUT_SECONDS: {
      meaning:
        'How long a statement of an admin read may take. After that, PostgreSQL cancels it, and the admin gets the error `READ_TIMED_OUT`.',
      unit: 'seconds',
      range: [1, 60],
      fallback: '8',
    },
    REDIS_URL: {
      secret: true,
      meaning:
        'The URL of Redis, which carries notifications of changes between instances (publish/subscribe). [Several instances](../operations/scaling.md#redis) explains Sentinel, Cluster, TLS and permissions.',
      form: 'A URL with `redis://`, or `rediss://` for TLS. Several hosts separated by commas, or `redis+cluster://`, are a Redis Cluster. `redis+sentinel://…?name=` names Sentinels and the master. Parameters: `name`, `sentinelUsername`, `sentinelPassword`, `family`, `cacert`, `cert`, `key`.',
      unset: 'publish/subscribe stays in the process; other instances notice changes within 2 seconds',
    },
    GATEWAY_SECRET: {
      secret: true,
      meaning:
        'The secret from which the gateway derives codes, refresh tokens and the encryption of the signing keys. It must be the same on every instance. `openssl rand -base64 48` generates one. [How to change it](../operations/keys.md#changing-gateway_secret).',
      form: 'At least 32 characters, 8 of them different. Values that can be guessed are refused: from examples, of common words, sequences or repetitions, or of another variable.',
      unset: 'the gateway generates one under `.data/`; in production it does not start',
    },
    GATEWAY_SECRET_PREVIOUS: {
      secret: true,
      meaning: 'The previous secret, or the next one. Codes, tokens and keys that were made with it still work.',
      form: 'As `GATEWAY_SECRET`, and not the same.',
      unset: 'the gateway accepts only `GATEWAY_SECRET`',
    },
    HEALTH_TOKEN: {
      secret: true,
      meaning:
        'The token that shows the details of [`/health/ready`](../operations/health.md), in the header `Authorization: Bearer …`. `openssl rand -hex 24` generates one.',
      form: 'At least 16 ASCII characters, of which 6 are different, without spaces.',
      unset: '`/health/ready` shows nobody more than its status',
    },
    SECURITY_CONTACT: {
      meaning:
        'Where a finder can report a vulnerability of your installation. The gateway then serves `/.well-known/security.txt` (RFC 9116).',
      form: 'Contacts separated by commas, each with `mailto:`, `https://` or `tel:+`, such as `mailto:security@example.com`.',
      unset: '`/.well-known/security.txt` is not found',
    },
    HISTORY_RETENTION_DAYS: {
      meaning: 'How long the gateway keeps attempts, rows of the SMS log, and ended sessions.',
      unit: 'days',
      range: [1, 3650],
      fallback: '90',
    },
    AUDIT_RETENTION_DAYS: {
      meaning: 'How long the gateway keeps rows of the audit log after the end of their month.',
      unit: 'days',
      range: [31, 3650],
      fallback: '365',
    },
    GUARD_EVENT_RETENTION_DAYS: {
      meaning:
        'How long the gateway keeps guard events (what the guard refused and blocked) after the end of their week.',
      unit: 'days',
      range: [1, 3650],
      fallback: '30',
    },
  },
  'Who may sign in': {
    DEFAULT_COUNTRIES: {
      meaning: 'If a number has no country code, the gateway tries it as a number of these countries, in this order.',
      form: 'ISO 3166 codes of two letters, separated by commas.',
      fallback: 'KZ,KG,IR',
    },
    ALLOWED_COUNTRIES: {
      meaning:
        'The gateway sends codes only to phones of these countries. Unknown numbers of other countries cannot sign up by WhatsApp. `*` allows every country, and numbers of no country such as those of satellite phones: anyone can then make you pay for messages to expensive numbers ([what to set](../operations/abuse.md)).',
      form: 'ISO 3166 codes of two letters, separated by commas, or `*`.',
      unset: 'the countries of `DEFAULT_COUNTRIES`',
    },
    DENIED_PREFIXES: {
      meaning:
        'The gateway sends no codes to phones that begin with one of these prefixes, and unknown ones cannot sign up by WhatsApp. Use it for ranges of an operator that you do not want to pay for ([how](../operations/abuse.md#denied-prefixes)).',
      form: 'Prefixes separated by commas, each with `+` and 2 to 15 digits, such as `+7701,+99655`. They must not deny every phone of `ALLOWED_COUNTRIES`.',
      unset: 'no prefix is denied',
    },
    SIGN_UP: {
      meaning:
        'Whether an unknown number becomes a user. With `closed`, only users that an admin, an operator or an import has added can sign in.',
      values: ['open', 'closed'],
      fallback: 'open',
    },
    RECYCLED_PHONES: {
      meaning:
        'What happens when a user with the first role signs in on an unknown device after 90 days without a sign-in. Mobile networks give such a number to another person. `keep`: the user signs in. `new-account`: a new user gets the phone, and the old user keeps their data without it ([recycled phones](../guides/users.md#recycled-phones)). Needs `SIGN_UP=open`.',
      values: ['keep', 'new-account'],
      fallback: 'keep',
    },
    ROLES: {
      meaning:
        'The roles that a user can have. New users get the first role. Users with the role `ADMIN` can use the admin API.',
      form: '1 to 32 capital letters, digits and underscores each, separated by commas. `ADMIN` cannot be the first.',
      fallback: 'USER,MANAGER,ADMIN',
    },
  },
  Sessions: {
    SESSION_IDLE_DAYS: {
      meaning: 'How long a refresh token is valid if the client does not use it. At most `SESSION_ABSOLUTE_DAYS`.',
      unit: 'days',
      range: [1, 365],
      fallback: '14',
    },
    SESSION_ABSOLUTE_DAYS: {
      meaning: 'How long a session lasts at most, even if the client refreshes it.',
      unit: 'days',
      range: [1, 365],
      fallback: '30',
    },
    ADMIN_SESSION_MINUTES: {
      meaning:
        'How long after the sign-in an admin can use the admin API. A refresh of the session does not prolong it. Then the admin signs in again ([why](../guides/admin.md#a-fresh-sign-in)).',
      unit: 'minutes',
      range: [5, 1_440],
      fallback: '60',
    },
    SESSION_COOKIE: {
      meaning:
        'With `on`, browsers keep the refresh token in a cookie that no script can read ([how](../guides/sessions.md#in-a-browser-the-cookie)). `PUBLIC_URL` must be https, or localhost.',
      values: ['on', 'off'],
      fallback: 'off',
    },
    NEW_DEVICE_NOTICE: {
      meaning:
        'With `on`, a user gets a message about a sign-in on a [device that the gateway does not know](../guides/sessions.md#known-devices): by WhatsApp, or by SMS where WhatsApp does not lead to the phone. SMS cost money.',
      values: ['on', 'off'],
      fallback: 'on',
    },
    FEDERATION: {
      meaning:
        'With `on`, the gateway serves the schema as a [subgraph](../guides/backends.md#apollo-federation). Then `_service` shows the whole schema, in production too.',
      values: ['on', 'off'],
      fallback: 'off',
    },
  },
  Codes: {
    OTP_LENGTH: {
      meaning:
        'Number of digits of a code. [Decision 0027](../decisions/0027-codes-have-six-digits-or-more.md) says why shorter codes are refused.',
      range: [6, 8],
      fallback: '6',
    },
    OTP_TTL_SECONDS: { meaning: 'How long a code is valid.', unit: 'seconds', range: [1, 600], fallback: '300' },
    OTP_MAX_TRIES: {
      meaning: 'Number of wrong codes after which the gateway closes an attempt.',
      range: [1, 10],
      form: 'At most 5 where `OTP_LENGTH` is 6.',
      fallback: '5',
    },
    TEST_PHONES: {
      secret: true,
      meaning:
        'Phones that sign in with a fixed code, such as for the reviewers of an app store. The gateway sends them nothing, and after its last day (UTC) a phone is an ordinary one. A test phone signs in only as a user with the first role of `ROLES` ([test phones](../operations/test-phones.md)).',
      form: '`PHONE=CODE@DAY;PHONE=CODE@DAY`, such as `+77010000099=246810@2027-01-31`. Phones in E.164. Codes have `OTP_LENGTH` digits, not all equal and not in sequence. The day is at most a year ahead.',
      unset: 'no test phones',
    },
  },
  Captcha: {
    CAPTCHA: {
      meaning:
        'The [captcha](../guides/captcha.md) that a client must solve when the gateway asks for one. `altcha`: a proof of work that the gateway itself makes, and that a program solves without the user. `turnstile`: Cloudflare Turnstile. `hcaptcha`: hCaptcha. `off`: none.',
      values: ['altcha', 'turnstile', 'hcaptcha', 'off'],
      fallback: 'altcha',
    },
    CAPTCHA_ASK: {
      meaning:
        'When the gateway asks for a captcha. `suspicion`: only where limits of the phone or of the client network are half spent, or attackers guess codes. `always`: for each code and each WhatsApp login that a client requests.',
      values: ['suspicion', 'always'],
      fallback: 'suspicion',
    },
    CAPTCHA_SITE_KEY: {
      meaning: 'The site key of your widget at Turnstile or hCaptcha. Clients get it. It needs `CAPTCHA_SECRET`.',
      form: '10 to 64 letters, digits, dashes or underscores. Only with `CAPTCHA=turnstile` and `CAPTCHA=hcaptcha`.',
      unset: '`turnstile` and `hcaptcha` do not start',
    },
    CAPTCHA_SECRET: {
      secret: true,
      meaning:
        'The secret key of the widget, with which the gateway verifies solutions at the service. It needs `CAPTCHA_SITE_KEY`.',
      form: '16 to 256 ASCII characters without spaces. In production, the test keys of the services are refused.',
      unset: '`turnstile` and `hcaptcha` do not start',
    },
    CAPTCHA_VERIFY_URL: {
      meaning: 'The URL at which the gateway verifies solutions of Turnstile or hCaptcha, such as a proxy of yours.',
      form: 'A URL with `https://` or `http://`, without user and password.',
      unset: 'the URL of the service',
    },
  },
  Delivery: {
    DELIVERY_ROUTES: {
      meaning:
        'The channels for codes to each country, in the order in which the gateway tries them. `*` is every country that the list does not name. The gateway uses no other channel, even if it is configured ([routes](../operations/delivery.md#routes)).',
      form: `\`COUNTRY=channel,…;*=channel,…\`, with the channels ${listOf(CHANNEL_NAMES)}. In production \`console\` is not allowed.`,
      fallback: 'IR=kavenegar-verify,kavenegar-sms,melipayamak;*=green-api',
    },
    STRICT_CHANNELS: {
      meaning:
        'What a mistake in the variables of a provider does, such as half of its credentials. `on`: the gateway does not start. `off`: it starts without this provider, and the log, [`/health/ready`](../operations/health.md) and the doctor say so.',
      values: ['on', 'off'],
      fallback: 'on',
    },
    SMS_ENABLED: {
      meaning:
        'Whether codes are sent by SMS. With `false`, the gateway treats `DELIVERY_ROUTES` as if it named no channel that sends SMS, and the log says so at start.',
      values: ['true', 'false'],
      fallback: 'true',
    },
    MESSAGE_PRICES_USD: {
      meaning:
        'What one message costs, for the [budgets of money](../operations/limits.md#budgets-of-messages-and-money). Without an entry, a channel has the price of the table there. A price without a country counts for every country.',
      form: 'US dollars by channel, or by channel and country: `kavenegar-sms=0.004;green-api/KG=0.02`.',
      unset: 'the prices of the table',
    },
    SPEND_LIMIT_USD_PER_DAY: {
      meaning:
        'What all messages of a day may cost, in US dollars. Clients that have not signed in with the phone before may spend four fifths of it. When it is spent, the gateway tries the channels that cost nothing, and otherwise sends nothing.',
      form: 'US dollars, such as `20` or `2.50`. With `0` the gateway sends no message that costs money.',
      fallback: '20',
    },
    UNVERIFIED_MESSAGES_PER_COUNTRY_PER_DAY: {
      meaning:
        'Codes to one country that may stay unused in a day, at least. The limit grows with the codes that are used: to three tenths of the best day of the last two weeks. Of messages that cost half a US cent or nothing, twenty times as many may stay unused. Raise it before a launch.',
      form: 'A number for all countries, or by country: `KZ=500;*=20`.',
      fallback: '20',
    },
    MESSAGES_PER_CHANNEL_PER_DAY: {
      meaning: 'Messages that one channel may send in a day. A quarter of them may be sent within one hour.',
      form: 'By channel: `green-api=2000;*=10000`.',
      unset: 'no such limit',
    },
    DELIVERY_BUDGET_SECONDS: {
      meaning: 'How long all channels together may take before the gateway answers the client.',
      unit: 'seconds',
      range: [1, 20],
      fallback: '15',
    },
    DELIVERY_CHANNEL_TIMEOUT_SECONDS: {
      meaning:
        'How long one channel may take of `DELIVERY_BUDGET_SECONDS`. The last channel of a route may take the rest of it.',
      unit: 'seconds',
      range: [1, 15],
      fallback: '5',
    },
    DELIVERY_RECEIPT_TIMEOUT_SECONDS: {
      meaning:
        'How long the gateway waits at least for the receipt of an accepted message before it tries the next channel. It waits longer where the receipts of the channel have recently taken longer. With `0` it waits without a limit. One number, or a number for each country: `IR=60;*=20`.',
      unit: 'seconds',
      range: [0, 600],
      unset:
        '20 for WhatsApp and Telegram, 45 for calls, 120 for SMS; without a limit for a channel whose codes are mostly used without a receipt',
    },
    SMS_WEBOTP_HOST: {
      meaning:
        'The host of the page on which users type the code. The texts of SMS that the gateway writes itself, such as those of `kavenegar-sms` and of HTTP channels with `{text}`, then end with `@host #code`, and browsers offer the code on pages of that host only.',
      form: 'A host name alone, such as `app.example.com`.',
      unset: 'texts have no such line',
    },
    SMS_APP_HASH: {
      meaning:
        'The hash of your Android app, with which it reads the code from an SMS without a permission ([SMS Retriever](https://developers.google.com/identity/sms-retriever/verify)). When an app on Android requests the code, the texts of `kavenegar-sms` and of HTTP channels with `{text}` end with this hash and have no line for `SMS_WEBOTP_HOST`.',
      form: '11 letters, digits, `+` or `/`, such as `FA+9qCX9VSu`.',
      unset: 'texts have no such line',
    },
  },
  'Login page': {
    LOGIN_TITLE: {
      meaning: 'The name of your service. It is the heading of the login page, and `{service}` in messages.',
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
        'Which users must confirm a WhatsApp login: they send back the two-digit number on the screen. `never`: no user. `privileged`: users with a role other than the first of `ROLES`. `always`: all users. To ask users, the gateway needs `GREEN_API_TOKEN`.',
      values: ['never', 'privileged', 'always'],
      fallback: 'privileged',
    },
    WHATSAPP_NUMBER: {
      meaning:
        "The gateway's own WhatsApp number. The QR code is a `https://wa.me/` link with it, and the gateway ignores webhooks for another number.",
      form: '7 to 15 digits with the country code. The gateway removes spaces, dashes, brackets and `+`.',
      unset:
        'the gateway takes the number of the account at Green API or Meta; until it is known, the QR code contains only the message',
    },
  },
  ...Object.fromEntries(
    ALL_PROVIDERS.filter(({ environment }) => Object.keys(environment).length > 0).map(({ title, variables }) => [
      title,
      variables,
    ]),
  ),
  Log: {
    LOG_LEVEL: {
      meaning: 'How much is logged. The console channel shows codes at `info`, `debug` and `trace` only.',
      values: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      fallback: 'info',
    },
    LOG_FORMAT: {
      meaning:
        'How the log is written: `json`, one object for each line, or `pretty`, a line for people with the family of the event in brackets, such as `[OTP]`.',
      values: ['json', 'pretty'],
      unset: '`pretty` in a terminal, `json` otherwise',
    },
  },
};
