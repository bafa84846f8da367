import { describe, expect, test } from 'vitest';
import { StartupError } from '../startup-error.js';
import { configWarnings } from './combinations.js';
import { loadConfig } from './config.js';

const PRODUCTION = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://phonegate@db/phonegate',
  GATEWAY_SECRET: 'a secret for tests only, long enough to be taken',
  PUBLIC_URL: 'https://login.example.com',
};

/** What loadConfig complains about. */
function complaint(env: Record<string, string>): string {
  try {
    loadConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(StartupError);
    return (error as Error).message;
  }
  return '';
}

/** The variables that are named, each at the head of its line. */
const named = (env: Record<string, string>) =>
  complaint(env)
    .split('\n')
    .slice(1)
    .map((line) => /^ {2}- ([A-Z_]+) /.exec(line)?.[1] ?? line);

describe('with nothing set', () => {
  test('the gateway is a safe development one', () => {
    expect(loadConfig({})).toMatchObject({
      production: false,
      port: 4000,
      host: '127.0.0.1',
      publicUrl: 'http://localhost:4000',
      databaseUrl: undefined,
      redisUrl: undefined,
      allowedOrigins: [],
      trustedProxyHops: 0,
      defaultCountries: ['KZ', 'KG', 'IR'],
      allowedCountries: undefined,
      signUp: 'open',
      otp: { length: 6, ttlSeconds: 300, maxTries: 5 },
      whatsapp: { loginMessagePrefix: 'AMT LOGIN', ttlSeconds: 180, confirmation: 'privileged', number: undefined },
      greenApi: { url: 'https://api.green-api.com', idInstance: undefined, token: undefined, webhookToken: undefined },
      logLevel: 'info',
    });
  });

  test('an empty variable is one that is not set', () => {
    expect(loadConfig({ PORT: '', OTP_LENGTH: '  ', SIGN_UP: '', GATEWAY_SECRET: '' })).toEqual(loadConfig({}));
  });

  test('variables of others are no concern of ours', () => {
    expect(loadConfig({ PATH: '/bin', OTP: 'x' })).toEqual(loadConfig({}));
  });
});

describe('what is set', () => {
  test('is read as it is meant', () => {
    expect(
      loadConfig({
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

  test('routes are ordered channels by country', () => {
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
    ['OTP_TTL_SECONDS', ['1', '300', '600'], ['0', '601', '5m', '300s', '300000']],
    ['WHATSAPP_LOGIN_TTL_SECONDS', ['1', '600'], ['0', '601', '3 min']],
    ['OTP_LENGTH', ['4', '8'], ['3', '9', 'six']],
    ['OTP_MAX_TRIES', ['1', '10'], ['0', '11']],
    ['TRUSTED_PROXY_HOPS', ['0', '10'], ['11', 'all', 'true']],
    ['SIGN_UP', ['open', 'closed'], ['OPEN', 'yes', 'false']],
    ['WHATSAPP_CONFIRMATION', ['never', 'privileged', 'always'], ['no', 'true']],
    ['LOG_LEVEL', ['debug', 'silent'], ['verbose', 'INFO']],
    [
      'PUBLIC_URL',
      ['http://x', 'https://x.example.com/base'],
      ['x.example.com', 'ftp://x', '//x', 'javascript:alert(1)'],
    ],
    ['DATABASE_URL', ['postgres://x/y', 'postgresql://x/y'], ['mysql://x/y', 'x', 'file:./dev.db']],
    ['REDIS_URL', ['redis://x', 'rediss://x'], ['http://x', 'x:6379']],
    [
      'ALLOWED_ORIGINS',
      ['https://a.example.com'],
      ['a.example.com', 'https://a.example.com/', 'https://a.example.com/path', '*'],
    ],
    ['DEFAULT_COUNTRIES', ['KZ', 'kz,IR'], ['Kazakhstan', 'KZ,XX', '+7']],
    ['ALLOWED_COUNTRIES', ['KZ'], ['ZZ']],
    ['LOGIN_MESSAGE_PREFIX', ['ACME', 'Вход'], ['a\nb', 'x'.repeat(41), '(.*)+', '{{SWE001}}']],
    ['WHATSAPP_NUMBER', ['77010000001'], ['0701', '7701', 'me', '77010000001@c.us']],
    ['GREEN_API_URL', ['http://127.0.0.1:9'], ['api.green-api.com', 'file:///x']],
    ['GREEN_API_ID_INSTANCE', ['1101000001'], ['waInstance1', '12345678901', '../x']],
    ['DELIVERY_ROUTES', ['*=console'], ['IR:console', 'XX=console', '*=pigeon']],
    ['GATEWAY_SECRET', ['x'.repeat(32)], ['x'.repeat(31)]],
  ])('%s', (name, right, wrong) => {
    for (const value of right) expect([value, complaint({ [name]: value })]).toEqual([value, '']);
    for (const value of wrong) expect([value, new Set(named({ [name]: value }))]).toEqual([value, new Set([name])]);
  });

  test('a number that is refused comes with its bounds', () => {
    expect(complaint({ OTP_TTL_SECONDS: '601' })).toContain('OTP_TTL_SECONDS must be a whole number from 1 to 600');
  });
});

describe('mistakes', () => {
  test('are all reported at once, by name', () => {
    const env = { PORT: 'x', OTP_LENGTH: '99', SIGN_UP: 'maybe', DATABASE_URL: 'x', DELIVERY_ROUTES: '*=pigeon' };
    expect(named(env).toSorted()).toEqual(Object.keys(env).toSorted());
    expect(complaint(env)).toMatch(/^The configuration has 5 mistakes:/);
    expect(complaint({ PORT: 'x' })).toMatch(/^The configuration has a mistake:/);
  });

  test('in one variable and what is missing beside it are reported at once', () => {
    const found = named({ NODE_ENV: 'production', PORT: 'x', GREEN_API_TOKEN: 't' });
    expect(found.toSorted()).toEqual(['GATEWAY_SECRET', 'GREEN_API_ID_INSTANCE', 'PORT']);
  });

  test('never show a value that could be a secret', () => {
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
    expect(complaint({ GREEN_API_TOKEN: secret })).not.toContain(secret);
    expect(complaint({ ...PRODUCTION, GREEN_API_WEBHOOK_TOKEN: secret })).not.toContain(secret);
  });
});

describe('in production', () => {
  test('what is complete is taken, and listens to the network', () => {
    expect(loadConfig(PRODUCTION)).toMatchObject({ production: true, host: '0.0.0.0' });
  });

  test('the secret is not made up: it is required', () => {
    expect(named({ NODE_ENV: 'production' })).toEqual(['GATEWAY_SECRET']);
  });

  test('the console channel is refused', () => {
    expect(named({ ...PRODUCTION, DELIVERY_ROUTES: '*=console' })).toEqual(['DELIVERY_ROUTES']);
  });

  test('what is probably not meant is said: no database, no public URL, nobody to ask for a confirmation', () => {
    const warnings = configWarnings(loadConfig({ NODE_ENV: 'production', GATEWAY_SECRET: 'x'.repeat(32) }));
    expect(warnings.map((warning) => warning.split(' ')[0])).toEqual([
      'DATABASE_URL',
      'PUBLIC_URL',
      'GREEN_API_ID_INSTANCE',
    ]);
    const asking = configWarnings(
      loadConfig({ ...PRODUCTION, GREEN_API_ID_INSTANCE: '1', GREEN_API_WEBHOOK_TOKEN: 't' }),
    );
    expect(asking).toEqual([expect.stringContaining('GREEN_API_TOKEN')]);
    expect(configWarnings(loadConfig({}))).toEqual([]);
  });

  test.each(['', '  '])('a webhook token of "%s" is none, and WhatsApp needs one', (token) => {
    expect(named({ ...PRODUCTION, GREEN_API_ID_INSTANCE: '1101000001', GREEN_API_WEBHOOK_TOKEN: token })).toEqual([
      'GREEN_API_WEBHOOK_TOKEN',
    ]);
  });

  test.each(['Bearer ', 'Basic', 'bearer  Bearer '])('a webhook token of "%s" is a prefix without a token', (token) => {
    expect(named({ ...PRODUCTION, GREEN_API_ID_INSTANCE: '1101000001', GREEN_API_WEBHOOK_TOKEN: token })).toEqual([
      'GREEN_API_WEBHOOK_TOKEN',
    ]);
  });

  test('a webhook token needs its instance', () => {
    expect(named({ ...PRODUCTION, GREEN_API_WEBHOOK_TOKEN: 'x' })).toEqual(['GREEN_API_ID_INSTANCE']);
  });
});
