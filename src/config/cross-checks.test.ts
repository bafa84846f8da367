import { describe, expect, test } from 'vitest';
import { ANOTHER_SECRET, PERMITTED, PRODUCTION, WEBHOOK_TOKEN, complaint, named } from '../../test/support/config.js';

describe('the variables of sessions', () => {
  test.each<[Record<string, string>, string]>([
    [{ GATEWAY_SECRET: ANOTHER_SECRET, GATEWAY_SECRET_PREVIOUS: ANOTHER_SECRET }, 'GATEWAY_SECRET_PREVIOUS'],
    [{ SESSION_IDLE_DAYS: '31' }, 'SESSION_IDLE_DAYS'],
    [{ SESSION_ABSOLUTE_DAYS: '13' }, 'SESSION_IDLE_DAYS'],
    [{ SESSION_IDLE_DAYS: '8', SESSION_ABSOLUTE_DAYS: '7' }, 'SESSION_IDLE_DAYS'],
    [{ CLIENT_LOCATION_HEADER: 'CF-IPCity' }, 'TRUSTED_PROXY_HOPS'],
    [{ CLIENT_LOCATION_HEADER: 'CF-IPCity', TRUSTED_PROXY_HOPS: '0' }, 'TRUSTED_PROXY_HOPS'],
  ])('%j is refused as contradictory', (env, variable) => {
    expect(named(env)).toEqual([variable]);
    expect(complaint(env)).not.toContain(ANOTHER_SECRET);
  });
});

describe('a provider whose configuration is incomplete', () => {
  const KEY = { KAVENEGAR_API_KEY: 'key' };
  const USER = { MELIPAYAMAK_USERNAME: 'user' };
  const PASSWORD = { MELIPAYAMAK_PASSWORD: 'password' };
  const PATTERN = { MELIPAYAMAK_BODY_ID: '524' };
  const TOKEN = { MELIPAYAMAK_CONSOLE_TOKEN: 'token' };
  const LINE = { SMS_SENDER_NUMBER: '50004000000001' };

  test.each<[Record<string, string>, string]>([
    [{ GREEN_API_TOKEN: 'token' }, 'GREEN_API_ID_INSTANCE'],
    [{ KAVENEGAR_TEMPLATE: 'login' }, 'KAVENEGAR_API_KEY'],
    [{ KAVENEGAR_SENDER: '10004346' }, 'KAVENEGAR_API_KEY'],
    [{ KAVENEGAR_CALLBACK_SECRET: 'cK7pQ2vX9sLd4TzB' }, 'KAVENEGAR_API_KEY'],
    [{ KAVENEGAR_TEMPLATE: 'login', KAVENEGAR_SENDER: '10004346', KAVENEGAR_API_KEY: ' ' }, 'KAVENEGAR_API_KEY'],
    [USER, 'MELIPAYAMAK_PASSWORD'],
    [{ ...USER, ...PATTERN }, 'MELIPAYAMAK_PASSWORD'],
    [PASSWORD, 'MELIPAYAMAK_USERNAME'],
    [{ ...PASSWORD, ...PATTERN }, 'MELIPAYAMAK_USERNAME'],
    [{ ...PASSWORD, ...PATTERN, ...TOKEN }, 'MELIPAYAMAK_USERNAME'],
    [PATTERN, 'MELIPAYAMAK_USERNAME'],
    [{ ...PATTERN, ...LINE }, 'MELIPAYAMAK_USERNAME'],
    [TOKEN, 'MELIPAYAMAK_BODY_ID'],
    [{ ...TOKEN, ...LINE }, 'MELIPAYAMAK_BODY_ID'],
    [{ ...TOKEN, ...USER, ...PASSWORD }, 'MELIPAYAMAK_BODY_ID'],
    [{ ...USER, ...PASSWORD }, 'MELIPAYAMAK_BODY_ID'],
  ])('is refused, and the message names the missing variable: %j', (env, missing) => {
    for (const around of [PERMITTED, PRODUCTION]) {
      expect(named({ ...around, ...env })).toEqual([missing]);
      expect(complaint({ ...around, ...env })).toContain(`${missing} `);
    }
  });

  test('is refused, and the message names two missing variables together', () => {
    expect(complaint(PATTERN)).toMatch(/MELIPAYAMAK_USERNAME and MELIPAYAMAK_PASSWORD are missing/);
    expect(complaint({ KAVENEGAR_TEMPLATE: 'x', KAVENEGAR_SENDER: '1000' })).toContain(
      'KAVENEGAR_TEMPLATE, KAVENEGAR_SENDER',
    );
  });

  test.each<Record<string, string>>([
    KEY,
    {
      ...KEY,
      KAVENEGAR_TEMPLATE: 'login',
      KAVENEGAR_SENDER: '10004346',
      KAVENEGAR_CALLBACK_SECRET: 'cK7pQ2vX9sLd4TzB',
    },
    { ...USER, ...PASSWORD, ...PATTERN },
    { ...USER, ...PASSWORD, ...LINE },
    { ...USER, ...PASSWORD, ...PATTERN, ...LINE },
    { ...TOKEN, ...PATTERN },
    { ...TOKEN, ...PATTERN, ...USER, ...PASSWORD, ...LINE },
    { GREEN_API_ID_INSTANCE: '1', GREEN_API_TOKEN: 'token' },
    { GREEN_API_ID_INSTANCE: '1' },
  ])('is not one of these: %j', (env) => {
    expect(complaint({ ...PERMITTED, ...env })).toBe('');
  });
});

describe('in production', () => {
  test('GATEWAY_SECRET is required', () => {
    expect(named({ NODE_ENV: 'production' })).toEqual(['GATEWAY_SECRET']);
  });

  test('the console channel is refused', () => {
    expect(named({ ...PRODUCTION, DELIVERY_ROUTES: '*=console' })).toEqual(['DELIVERY_ROUTES']);
  });

  test.each(['', '  '])('a webhook token of "%s" counts as missing, and WhatsApp requires one', (token) => {
    expect(named({ ...PRODUCTION, GREEN_API_ID_INSTANCE: '1101000001', GREEN_API_WEBHOOK_TOKEN: token })).toEqual([
      'GREEN_API_WEBHOOK_TOKEN',
    ]);
  });

  test.each(['Bearer ', 'Basic', 'bearer  Bearer '])(
    'a webhook token of "%s" is refused: a scheme without a token',
    (token) => {
      expect(named({ ...PRODUCTION, GREEN_API_ID_INSTANCE: '1101000001', GREEN_API_WEBHOOK_TOKEN: token })).toEqual([
        'GREEN_API_WEBHOOK_TOKEN',
      ]);
    },
  );

  test('a webhook token requires its instance', () => {
    expect(named({ ...PRODUCTION, GREEN_API_WEBHOOK_TOKEN: WEBHOOK_TOKEN })).toEqual(['GREEN_API_ID_INSTANCE']);
  });
});

describe('a secret that is used twice', () => {
  const SECRET = 'vB7nQz3LkWx9TcRj5MdYp2HsGf8EaU4i';
  const provider = { GREEN_API_ID_INSTANCE: '1101000001', KAVENEGAR_API_KEY: 'key' };
  test.each([
    ['GREEN_API_WEBHOOK_TOKEN', 'GATEWAY_SECRET', SECRET],
    ['GREEN_API_WEBHOOK_TOKEN', 'GATEWAY_SECRET', `Bearer ${SECRET}`],
    ['KAVENEGAR_CALLBACK_SECRET', 'GREEN_API_WEBHOOK_TOKEN', SECRET],
    ['HEALTH_TOKEN', 'GATEWAY_SECRET_PREVIOUS', SECRET],
    ['GREEN_API_TOKEN', 'GREEN_API_WEBHOOK_TOKEN', SECRET],
  ])('is refused: %s like %s', (name, other, value) => {
    const own = name === 'HEALTH_TOKEN' ? { GATEWAY_SECRET: ANOTHER_SECRET } : {};
    const env = { ...PERMITTED, ...provider, ...own, [other]: SECRET, [name]: value };
    expect(complaint(env)).toContain(`${name} is the same as ${other}: `);
    expect(complaint(env)).not.toContain(SECRET);
    expect(complaint({ ...env, [name]: `${value}x` })).toBe('');
  });
});
