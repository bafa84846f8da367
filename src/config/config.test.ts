import { describe, expect, test } from 'vitest';
import { ANOTHER_SECRET, PERMITTED, PRODUCTION, complaint, named } from '../../test/support/config.js';
import { loadConfig } from './config.js';

/** 128 characters. */
const LONGEST =
  'WKbtDE6kGZpDiPCFdcERFmdD6nHQsspDnpbDQCm8JUcKkHnVm6vMGpnsNZGmxEnDrPhvkd3WfpfZVR4Mw3RFnVjhXyeUqEHicL2XKhcCuE2mn46WXwYqhp5fE7FTgwuE';

describe('without any variable', () => {
  test('the gateway is a development gateway with safe defaults', () => {
    expect(loadConfig({})).toMatchObject({
      production: false,
      unsafeDevelopment: false,
      port: 4000,
      host: '127.0.0.1',
      publicUrl: 'http://localhost:4000',
      databaseUrl: undefined,
      redis: undefined,
      allowedOrigins: [],
      applications: new Map(),
      trustedProxyHops: 0,
      clientOperationsPerSecond: 100,
      defaultCountries: ['KZ', 'KG', 'IR'],
      allowedCountries: ['KZ', 'KG', 'IR'],
      deniedPrefixes: [],
      signUp: 'open',
      otp: { length: 6, ttlSeconds: 300, maxTries: 5 },
      whatsapp: { loginMessagePrefix: 'AMT LOGIN', ttlSeconds: 180, confirmation: 'privileged', number: undefined },
      greenApi: { url: 'https://api.green-api.com', idInstance: undefined, token: undefined, webhookToken: undefined },
      kavenegar: {
        url: 'https://api.kavenegar.com',
        apiKey: undefined,
        template: undefined,
        sender: undefined,
        callbackSecret: undefined,
      },
      melipayamak: {
        url: 'https://rest.payamak-panel.com',
        username: undefined,
        password: undefined,
        bodyId: undefined,
        consoleUrl: 'https://console.melipayamak.com',
        consoleToken: undefined,
        sender: undefined,
      },
      delivery: {
        routes: new Map([
          ['IR', ['kavenegar-verify', 'kavenegar-sms', 'melipayamak']],
          ['*', ['green-api']],
        ]),
        budgetSeconds: 15,
        channelTimeoutSeconds: 5,
        sms: true,
        receiptTimeoutSeconds: new Map(),
        webOtpHost: undefined,
        appHash: undefined,
        serviceName: 'Phonegate',
      },
      logLevel: 'info',
      logFormat: undefined,
    });
  });

  test('an empty variable counts as unset', () => {
    expect(loadConfig({ PORT: '', OTP_LENGTH: '  ', SIGN_UP: '', GATEWAY_SECRET: '' })).toEqual(loadConfig({}));
  });

  test('unknown variables are ignored', () => {
    expect(loadConfig({ PATH: '/bin', OTP: 'x' })).toEqual(loadConfig({}));
  });
});

describe('the variables', () => {
  test('are normalized: URLs, lists, countries, prefix and phone number', () => {
    expect(
      loadConfig({
        ...PERMITTED,
        PUBLIC_URL: 'https://login.example.com//',
        ALLOWED_ORIGINS: 'https://a.example.com, http://localhost:3000',
        DEFAULT_COUNTRIES: 'ir, kz',
        ALLOWED_COUNTRIES: 'KG',
        LOGIN_MESSAGE_PREFIX: '  Кіру   сайты ',
        WHATSAPP_NUMBER: '+7 (701) 000-00-01',
        GREEN_API_URL: 'https://7107.api.greenapi.com/',
      }),
    ).toMatchObject({
      publicUrl: 'https://login.example.com',
      allowedOrigins: ['https://a.example.com', 'http://localhost:3000'],
      defaultCountries: ['IR', 'KZ'],
      allowedCountries: ['KG'],
      whatsapp: { loginMessagePrefix: 'Кіру сайты', number: '77010000001' },
      greenApi: { url: 'https://7107.api.greenapi.com' },
    });
  });

  test('allow the countries of DEFAULT_COUNTRIES unless ALLOWED_COUNTRIES names others, or all', () => {
    expect(loadConfig({ DEFAULT_COUNTRIES: 'UZ,KZ' }).allowedCountries).toEqual(['UZ', 'KZ']);
    expect(loadConfig({ DEFAULT_COUNTRIES: 'UZ,KZ', ALLOWED_COUNTRIES: 'kg' }).allowedCountries).toEqual(['KG']);
    expect(loadConfig({ ALLOWED_COUNTRIES: ' * ' }).allowedCountries).toBe('*');
    expect(loadConfig({ DENIED_PREFIXES: ' +7701, +99655,+7701' }).deniedPrefixes).toEqual(['+7701', '+99655']);
  });

  test('of the SMS providers are normalized', () => {
    const config = loadConfig({
      KAVENEGAR_URL: 'http://127.0.0.1:4100/',
      KAVENEGAR_API_KEY: ' 36364D2B3D ',
      KAVENEGAR_TEMPLATE: 'login',
      KAVENEGAR_SENDER: '1000 4346',
      KAVENEGAR_CALLBACK_SECRET: 'uhJYceRBUq8SAMwCFkQZ4Wtp',
      MELIPAYAMAK_URL: 'http://127.0.0.1:4101/',
      MELIPAYAMAK_USERNAME: '9120000004',
      MELIPAYAMAK_PASSWORD: 'pass & word',
      MELIPAYAMAK_BODY_ID: '524',
      MELIPAYAMAK_CONSOLE_URL: 'http://127.0.0.1:4101',
      MELIPAYAMAK_CONSOLE_TOKEN: 'c0ffee',
      SMS_SENDER_NUMBER: '5000-4000-000001',
      SMS_WEBOTP_HOST: 'app.example.com',
      DELIVERY_BUDGET_SECONDS: '12',
      DELIVERY_CHANNEL_TIMEOUT_SECONDS: '3',
    });
    expect(config).toMatchObject({
      kavenegar: {
        url: 'http://127.0.0.1:4100',
        apiKey: '36364D2B3D',
        template: 'login',
        sender: '10004346',
        callbackSecret: 'uhJYceRBUq8SAMwCFkQZ4Wtp',
      },
      melipayamak: {
        url: 'http://127.0.0.1:4101',
        username: '9120000004',
        password: 'pass & word',
        bodyId: '524',
        consoleUrl: 'http://127.0.0.1:4101',
        consoleToken: 'c0ffee',
        sender: '50004000000001',
      },
      delivery: { budgetSeconds: 12, channelTimeoutSeconds: 3, webOtpHost: 'app.example.com' },
    });
  });

  // Kavenegar takes these three for the same line, and refuses 9810004346 with 412.
  test.each(['10004346', '+9810004346', '009810004346', '+98 1000 4346'])(
    'of a line accept the spelling %s',
    (sender) => {
      const env = { ...PERMITTED, KAVENEGAR_API_KEY: 'key', KAVENEGAR_SENDER: sender, SMS_SENDER_NUMBER: sender };
      expect(loadConfig(env)).toMatchObject({ kavenegar: { sender: '10004346' }, melipayamak: { sender: '10004346' } });
    },
  );

  test.each<[string, [string, number][]]>([
    ['0', [['*', 0]]],
    [' 600 ', [['*', 600]]],
    [
      'IR=60;*=20',
      [
        ['*', 20],
        ['IR', 60],
      ],
    ],
    [
      ' ir = 60 ; kz=0 ; ',
      [
        ['*', 20],
        ['IR', 60],
        ['KZ', 0],
      ],
    ],
    ['*=45', [['*', 45]]],
  ])('the wait for a receipt is one for all, or by country: %s', (value, expected) => {
    const { delivery } = loadConfig({ DELIVERY_RECEIPT_TIMEOUT_SECONDS: value });
    expect([...delivery.receiptTimeoutSeconds]).toEqual(expected);
  });

  test('of the routes give the channels by country, in order', () => {
    const { delivery } = loadConfig({ DELIVERY_ROUTES: ' IR = melipayamak , kavenegar-sms ; * = green-api; ' });
    expect([...delivery.routes]).toEqual([
      ['IR', ['melipayamak', 'kavenegar-sms']],
      ['*', ['green-api']],
    ]);
  });
});

describe('units and bounds', () => {
  test.each([
    ['PORT', ['0', '65535'], ['-1', '65536', '80a', '4e3', '0x50', '1.5']],
    [
      'ROLES',
      ['USER', 'USER,ADMIN', 'STAFF, TEAM_LEAD ,ADMIN', 'A1'],
      [',', 'ADMIN', 'ADMIN,USER', 'user', 'a b', '1A', 'X'.repeat(33)],
    ],
    ['SESSION_IDLE_DAYS', ['1', '14', '30'], ['0', '366', '14d', '1.5', '-1']],
    ['SESSION_ABSOLUTE_DAYS', ['14', '30', '365'], ['366', 'month', '30.5']],
    ['ADMIN_SESSION_MINUTES', ['5', '60', '1440'], ['4', '1441', 'hour', '7.5']],
    ['SESSION_COOKIE', ['on', 'off'], ['ON', 'true', 'yes', '1']],
    ['FEDERATION', ['on', 'off'], ['ON', 'true', '2']],
    ['HISTORY_RETENTION_DAYS', ['1', '3650'], ['0', '3651', '90d']],
    // The database refuses to delete rows that are less than 30 days old.
    ['GUARD_EVENT_RETENTION_DAYS', ['1', '30', '3650'], ['0', '3651', '30d']],
    ['AUDIT_RETENTION_DAYS', ['31', '365', '3650'], ['0', '30', '3651']],
    ['OTP_TTL_SECONDS', ['1', '300', '600'], ['0', '601', '5m', '300s', '300000']],
    ['WHATSAPP_LOGIN_TTL_SECONDS', ['1', '600'], ['0', '601', '3 min']],
    ['OTP_LENGTH', ['6', '8'], ['3', '4', '5', '9', 'six']],
    ['OTP_MAX_TRIES', ['1', '5'], ['0', '6', '10', '11']],
    ['TRUSTED_PROXY_HOPS', ['0', '10'], ['11', 'all', 'true']],
    ['CLIENT_OPERATIONS_PER_SECOND', ['1', '100000'], ['0', '100001', 'unlimited']],
    ['ALLOW_UNSAFE_DEVELOPMENT', ['on', 'off'], ['ON', 'true', 'yes', '1']],
    ['SIGN_UP', ['open', 'closed'], ['OPEN', 'yes', 'false']],
    ['WHATSAPP_CONFIRMATION', ['never', 'privileged', 'always'], ['no', 'true']],
    ['LOG_LEVEL', ['debug', 'silent'], ['verbose', 'INFO']],
    ['SMS_ENABLED', ['true', 'false'], ['on', 'no', '0']],
    ['LOG_FORMAT', ['json', 'pretty'], ['JSON', 'text']],
    [
      'PUBLIC_URL',
      ['http://x', 'https://x.example.com/base', 'https://x.example.com/a/b-c/', 'http://[::1]:4000'],
      [
        'x.example.com',
        'ftp://x',
        '//x',
        'javascript:alert(1)',
        'https://x/a?b',
        'https://x/a#b',
        'https://x/a//b',
        'https://x/a/../b',
        'https://x/"a"',
        'https://x/%61',
        'https://x/auth/verify',
        'https://x/auth/verify/a',
      ],
    ],
    ['DATABASE_URL', ['postgres://x/y', 'postgresql://x/y'], ['mysql://x/y', 'x', 'file:./dev.db']],
    ['REDIS_URL', ['redis://x', 'rediss://x'], ['http://x', 'x:6379']],
    [
      'ALLOWED_ORIGINS',
      ['https://a.example.com'],
      ['a.example.com', 'https://a.example.com/', 'https://a.example.com/path', '*'],
    ],
    [
      'APPLICATIONS',
      [
        'shop=https://a.example.com/in, com.example.app:/login; b=http://localhost:3000/in?x=y',
        'a.b-c_d~1=https://a/in',
      ],
      [
        'https://a.example.com/in',
        'shop',
        'shop=',
        'shop=/in',
        'shop=http://a.example.com/in',
        'shop=https://*.example.com/in',
        'my shop=https://a.example.com/in',
        'a=https://a.example.com/in;a=https://a.example.com/other',
      ],
    ],
    ['DEFAULT_COUNTRIES', ['KZ', 'kz,IR'], ['Kazakhstan', 'KZ,XX', '+7', ',', '*']],
    ['ALLOWED_COUNTRIES', ['KZ', 'kz, ir', '*', ' * '], ['ZZ', '*,KZ', 'KZ,*', '**', ',']],
    [
      'DENIED_PREFIXES',
      ['+77', '+7701,+99655', ' +7701 , +7701 ', '+881', '+770100000021234'],
      ['7701', '+7', '+', '+7701;+99655', '007701', '+7 701', '+0701', '+7701000000212345', 'KZ'],
    ],
    ['LOGIN_TITLE', ['Bank', 'Банк «Пример»'], ['x'.repeat(61)]],
    [
      'LOGIN_LOGO_URL',
      ['https://cdn.example.com/logo.svg', 'http://127.0.0.1:8080/l.png', 'https://[::1]/l.png'],
      [
        'logo.svg',
        'javascript:alert(1)',
        'https://me:secret@example.com/l',
        'https://exa;mple.com/x',
        'https://e.com,script-src*',
      ],
    ],
    [
      'LOGIN_THEME',
      [
        'accent=#0a7',
        'accent = #123a8c ; dark-accent=rgb(1, 2, 3)',
        'radius=0',
        'radius=0.5rem',
        'font=Inter, Noto Sans, sans-serif',
      ],
      [
        'accent=notacolor',
        'accent=rgb(1,2',
        'accent=url(x)',
        'accent=#0a7}',
        'radius=banana',
        'radius=1px/*',
        'font="Arial',
        'font=a}b',
        'colour=#fff',
        'constructor=#fff',
        'accent=#0a7=1',
      ],
    ],
    ['LOGIN_MESSAGE_PREFIX', ['ACME', 'Вход'], ['a\nb', 'x'.repeat(41), '(.*)+', '{{SWE001}}']],
    ['WHATSAPP_NUMBER', ['77010000001'], ['0701', '7701', 'me', '77010000001@c.us']],
    ['GREEN_API_URL', ['http://127.0.0.1:9'], ['api.green-api.com', 'file:///x']],
    ['GREEN_API_ID_INSTANCE', ['1101000001'], ['waInstance1', '12345678901', '../x']],
    ['DELIVERY_ROUTES', ['*=console'], ['IR:console', 'XX=console', '*=pigeon']],
    ['GATEWAY_SECRET', [ANOTHER_SECRET], [ANOTHER_SECRET.slice(1)]],
    ['GATEWAY_SECRET_PREVIOUS', [ANOTHER_SECRET], [ANOTHER_SECRET.slice(1)]],
    ['DELIVERY_BUDGET_SECONDS', ['1', '10', '20'], ['0', '21', '10s', '-1', '1.5']],
    ['DELIVERY_CHANNEL_TIMEOUT_SECONDS', ['1', '15'], ['0', '16', '5s']],
    [
      'DELIVERY_RECEIPT_TIMEOUT_SECONDS',
      ['0', '20', '600', 'IR=60;*=20', 'IR=60', '*=0'],
      ['601', '-1', '20s', '1.5', 'IR', 'IR=', '=20', 'IR=601', 'XX=20', 'IR:60', 'IR=60,*=20', 'IR=60=20', '20;IR=60'],
    ],
    ['KAVENEGAR_URL', ['http://127.0.0.1:9'], ['api.kavenegar.com', 'file:///x']],
    ['KAVENEGAR_API_KEY', ['36364D2B3D', 'a-b_c.d%3D=+~'], ['a b', 'a/b', 'a?b', 'a#b', 'ключ']],
    ['MELIPAYAMAK_URL', ['http://127.0.0.1:9'], ['rest.payamak-panel.com']],
    ['MELIPAYAMAK_CONSOLE_URL', ['http://127.0.0.1:9'], ['console.melipayamak.com']],
    ['SMS_SENDER_NUMBER', ['50004000000001', '1000 4346', '3000'], ['line', '300', '1'.repeat(21), '5000x']],
    [
      'SMS_WEBOTP_HOST',
      ['app.example.com', 'localhost'],
      ['https://app.example.com', 'app.example.com/', 'app.example.com:443', '@app.example.com', 'a b', '.com', '-'],
    ],
  ])('%s', (name, right, wrong) => {
    for (const value of right) expect([value, complaint({ ...PERMITTED, [name]: value })]).toEqual([value, '']);
    for (const value of wrong)
      expect([value, new Set(named({ ...PERMITTED, [name]: value }))]).toEqual([value, new Set([name])]);
  });

  test('the message about a number names its bounds', () => {
    expect(complaint({ OTP_TTL_SECONDS: '601' })).toContain('OTP_TTL_SECONDS must be a whole number from 1 to 600');
  });
});

/** These variables have an effect only together with others. */
describe('units and bounds of variables that need another one', () => {
  test.each([
    [
      'KAVENEGAR_SENDER',
      { KAVENEGAR_API_KEY: 'key' },
      { right: ['10004346', '+98 3000'], wrong: ['line', '300', '1'.repeat(21)] },
    ],
    ['KAVENEGAR_TEMPLATE', { KAVENEGAR_API_KEY: 'key' }, { right: ['login', 'ورود'], wrong: [] }],
    [
      'KAVENEGAR_CALLBACK_SECRET',
      { KAVENEGAR_API_KEY: 'key' },
      {
        right: ['cK7pQ2vX9sLd4TzB', LONGEST, 'q-b_r-d_e-z_g-w_k-t_m'],
        wrong: ['cK7pQ2vX9sLd4Tz', `${LONGEST}z`, 'cK7pQ2vX9sLd4TzB/', 'with blanks in its midst'],
      },
    ],
    [
      'MELIPAYAMAK_BODY_ID',
      { MELIPAYAMAK_CONSOLE_TOKEN: 'token' },
      { right: ['1', '1234567890'], wrong: ['x', '12345678901', '-5'] },
    ],
    ['MELIPAYAMAK_CONSOLE_TOKEN', { MELIPAYAMAK_BODY_ID: '1' }, { right: ['c0ffee'], wrong: ['a b', 'a/b', '?'] }],
    ['GREEN_API_TOKEN', { GREEN_API_ID_INSTANCE: '1' }, { right: ['c0ffee'], wrong: ['a b', 'a/b', '?'] }],
    [
      'CLIENT_LOCATION_HEADER',
      { TRUSTED_PROXY_HOPS: '1' },
      { right: ['CF-IPCity', 'x-place'], wrong: ['a b', 'x:y', 'город', 'x'.repeat(65)] },
    ],
  ])('%s accepts its form and refuses any other', (name, others, { right, wrong }) => {
    const beside = { ...PERMITTED, ...others };
    for (const value of right) expect([value, complaint({ ...beside, [name]: value })]).toEqual([value, '']);
    for (const value of wrong) expect([value, named({ ...beside, [name]: value })]).toEqual([value, [name]]);
  });
});

describe('sessions', () => {
  test('end after 14 idle days or 30 days, use no cookie, and history is kept for 90 days and the audit log for a year', () => {
    expect(loadConfig({})).toMatchObject({
      gatewaySecretPrevious: undefined,
      roles: ['USER', 'MANAGER', 'ADMIN'],
      sessions: { idleDays: 14, absoluteDays: 30, adminMinutes: 60, cookie: false },
      clientLocationHeader: undefined,
      federation: false,
      retention: { historyDays: 90, auditDays: 365, guardEventDays: 30 },
    });
  });

  test('are configured by their variables', () => {
    const env = {
      ...PERMITTED,
      GATEWAY_SECRET_PREVIOUS: ANOTHER_SECRET,
      ROLES: ' GUEST, STAFF,GUEST ,ADMIN ',
      SESSION_IDLE_DAYS: '2',
      SESSION_ABSOLUTE_DAYS: '2',
      ADMIN_SESSION_MINUTES: '15',
      SESSION_COOKIE: 'on',
      CLIENT_LOCATION_HEADER: 'CF-IPCity',
      TRUSTED_PROXY_HOPS: '1',
      FEDERATION: 'on',
      HISTORY_RETENTION_DAYS: '7',
      AUDIT_RETENTION_DAYS: '31',
      GUARD_EVENT_RETENTION_DAYS: '3',
    };
    expect(loadConfig(env)).toMatchObject({
      gatewaySecretPrevious: ANOTHER_SECRET,
      roles: ['GUEST', 'STAFF', 'ADMIN'],
      sessions: { idleDays: 2, absoluteDays: 2, adminMinutes: 15, cookie: true },
      clientLocationHeader: 'cf-ipcity',
      federation: true,
      retention: { historyDays: 7, auditDays: 31, guardEventDays: 3 },
    });
  });

  test.each([
    ['PLACE_HEADER', 'CF-IPCity', 'CLIENT_LOCATION_HEADER'],
    ['HISTORY_DAYS', '30', 'HISTORY_RETENTION_DAYS'],
    ['AUDIT_DAYS', '90', 'AUDIT_RETENTION_DAYS'],
  ])('%s is refused by its old name, and the error names the new one', (old, value, current) => {
    expect(complaint({ [old]: value, TRUSTED_PROXY_HOPS: '1' })).toContain(
      `${old} is now called ${current}: rename it in the environment`,
    );
  });
});

describe('wrong values', () => {
  test('are all reported at once, by variable', () => {
    const env = { PORT: 'x', OTP_LENGTH: '99', SIGN_UP: 'maybe', DATABASE_URL: 'x', DELIVERY_ROUTES: '*=pigeon' };
    expect(named(env).toSorted()).toEqual(Object.keys(env).toSorted());
    expect(complaint(env)).toMatch(/^The configuration has 5 mistakes:/);
    expect(complaint({ PORT: 'x' })).toMatch(/^The configuration has a mistake:/);
  });

  test('are reported together with missing variables', () => {
    const found = named({ NODE_ENV: 'production', PORT: 'x', GREEN_API_TOKEN: 't' });
    expect(found.toSorted()).toEqual(['GATEWAY_SECRET', 'GREEN_API_ID_INSTANCE', 'PORT']);
  });

  test('are reported without a value that could be a secret', () => {
    const secret = 'hunter2';
    const message = complaint({
      NODE_ENV: 'production',
      DATABASE_URL: `mysql://user:${secret}@db`,
      REDIS_URL: `http://:${secret}@redis`,
      PUBLIC_URL: `${secret}://x`,
      GREEN_API_URL: `ftp://${secret}`,
      ALLOWED_ORIGINS: `https://user:${secret}@app.example.com`,
      GATEWAY_SECRET: secret,
      GREEN_API_TOKEN: secret,
      GREEN_API_WEBHOOK_TOKEN: secret,
      GREEN_API_ID_INSTANCE: secret,
    });
    expect(message).toContain('GATEWAY_SECRET');
    expect(message).not.toContain(secret);
    const ofProviders = {
      GREEN_API_TOKEN: `${secret} /`,
      KAVENEGAR_URL: `ftp://${secret}`,
      KAVENEGAR_API_KEY: `${secret} /`,
      KAVENEGAR_CALLBACK_SECRET: `${secret}/`,
      KAVENEGAR_SENDER: secret,
      MELIPAYAMAK_URL: `ftp://${secret}`,
      MELIPAYAMAK_CONSOLE_URL: `ftp://${secret}`,
      MELIPAYAMAK_PASSWORD: secret,
      MELIPAYAMAK_BODY_ID: secret,
      MELIPAYAMAK_CONSOLE_TOKEN: `${secret}?`,
      SMS_SENDER_NUMBER: secret,
    };
    const all = complaint(ofProviders);
    for (const name of Object.keys(ofProviders))
      if (name !== 'MELIPAYAMAK_PASSWORD') expect(all).toContain(`- ${name} `);
    expect(all).not.toContain(secret);
    for (const [name, value] of Object.entries({
      ...ofProviders,
      KAVENEGAR_TEMPLATE: secret,
      MELIPAYAMAK_USERNAME: secret,
    }))
      expect(complaint({ [name]: value })).not.toContain(secret);
    expect(complaint({ GREEN_API_TOKEN: secret })).not.toContain(secret);
    expect(complaint({ ...PRODUCTION, GREEN_API_WEBHOOK_TOKEN: secret })).not.toContain(secret);
  });
});

describe('in production', () => {
  test('a complete configuration is accepted, and listens on all interfaces', () => {
    expect(loadConfig(PRODUCTION)).toMatchObject({ production: true, host: '0.0.0.0' });
  });
});
