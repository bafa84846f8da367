import { describe, expect, test } from 'vitest';
import { PERMITTED, PRODUCTION, WEBHOOK_TOKEN, complaint, named } from '../../test/support/config.js';
import { configWarnings } from './config-warnings.js';
import { loadConfig } from './config.js';

const KAVENEGAR = { KAVENEGAR_API_KEY: 'key' };
const MELIPAYAMAK = { MELIPAYAMAK_CONSOLE_TOKEN: 't', MELIPAYAMAK_BODY_ID: '1' };
const WHATSAPP_LOGIN = { GREEN_API_ID_INSTANCE: '1', GREEN_API_WEBHOOK_TOKEN: WEBHOOK_TOKEN };
const GREEN_API = { ...WHATSAPP_LOGIN, GREEN_API_TOKEN: 't' };

/** The warnings of a gateway in production that are about countries, channels and routes. */
const warningsOf = (env: Record<string, string>, around: Record<string, string> = PRODUCTION) =>
  configWarnings(loadConfig({ ...around, ...env }), { ...around, ...env }).filter((text) =>
    /COUNTRIES|PREFIXES|ROUTES|configured/.test(text),
  );

describe('an allowed country to which no channel sends codes', () => {
  test.each<[Record<string, string>, string]>([
    // By default Kavenegar is on the route of Iran only, and KZ, KG and IR are allowed.
    [KAVENEGAR, 'KZ, KG'],
    [MELIPAYAMAK, 'KZ, KG'],
    [{ ...KAVENEGAR, ALLOWED_COUNTRIES: 'UZ' }, 'UZ'],
    [{ ...KAVENEGAR, DELIVERY_ROUTES: 'KZ=kavenegar-sms' }, 'KG, IR'],
    [{ ...MELIPAYAMAK, DELIVERY_ROUTES: '*=melipayamak' }, 'KZ, KG'],
    [{ ...KAVENEGAR, DELIVERY_ROUTES: '*=kavenegar-verify' }, 'KZ, KG, IR'],
  ])('is a mistake in production without WhatsApp login: %j', (env, countries) => {
    expect(named({ ...PRODUCTION, ...env })).toEqual(['ALLOWED_COUNTRIES']);
    expect(complaint({ ...PRODUCTION, ...env })).toContain(`ALLOWED_COUNTRIES allows ${countries}, but`);
    expect(complaint({ ...PRODUCTION, ...env })).toMatch(/Name a channel in DELIVERY_ROUTES, or set ALLOWED_COUNTRIES/);
  });

  test('is reported together with the mistakes of other variables', () => {
    expect(named({ ...PRODUCTION, ...KAVENEGAR, PORT: 'x' })).toEqual(['PORT', 'ALLOWED_COUNTRIES']);
  });

  test('is not reported a second time where its cause is', () => {
    expect(named({ ...PRODUCTION, KAVENEGAR_TEMPLATE: 'login' })).toEqual(['KAVENEGAR_API_KEY']);
    expect(named({ ...PRODUCTION, ...KAVENEGAR, DELIVERY_ROUTES: '*=pigeon' })).toEqual(['DELIVERY_ROUTES']);
  });

  test.each<Record<string, string>>([
    { ...KAVENEGAR, ALLOWED_COUNTRIES: 'IR' },
    { ...KAVENEGAR, DELIVERY_ROUTES: '*=kavenegar-sms' },
    { ...KAVENEGAR, ...GREEN_API },
    { ...KAVENEGAR, DELIVERY_ROUTES: '*=kavenegar-sms', ALLOWED_COUNTRIES: '*' },
    // Commands that need only the database have no channels.
    {},
  ])('is not in %j', (env) => {
    expect(complaint({ ...PRODUCTION, ...env })).toBe('');
    expect(warningsOf(env).filter((text) => text.includes('receive no code'))).toEqual([]);
  });

  test('is a warning where its users can sign in by WhatsApp', () => {
    expect(warningsOf({ ...WHATSAPP_LOGIN, ...KAVENEGAR })).toEqual([
      expect.stringMatching(/^ALLOWED_COUNTRIES allows KZ, KG, but .* can sign in by WhatsApp only$/),
    ]);
    // With WhatsApp login only, another warning says that no code can be sent.
    expect(warningsOf(WHATSAPP_LOGIN)).toEqual([expect.stringContaining('No channel is configured')]);
  });

  test('does not exist in development, where the console takes the code', () => {
    expect(warningsOf(KAVENEGAR, PERMITTED)).toEqual([]);
    expect(complaint({ ...PERMITTED, ...KAVENEGAR, DELIVERY_ROUTES: 'IR=kavenegar-sms' })).toBe('');
  });
});

describe('a configured channel that no route of an allowed country names', () => {
  test.each<[Record<string, string>, string]>([
    [{ ...KAVENEGAR, ALLOWED_COUNTRIES: 'KZ' }, 'kavenegar-sms is configured'],
    [
      { ...KAVENEGAR, KAVENEGAR_TEMPLATE: 't', ALLOWED_COUNTRIES: 'KZ' },
      'kavenegar-verify, kavenegar-sms are configured',
    ],
    [{ ...KAVENEGAR, KAVENEGAR_TEMPLATE: 't', DELIVERY_ROUTES: '*=green-api,kavenegar-sms' }, 'kavenegar-verify is'],
    [{ ...MELIPAYAMAK, DELIVERY_ROUTES: '*=green-api' }, 'melipayamak is configured'],
  ])('is a warning: %j', (env, expected) => {
    for (const around of [PRODUCTION, PERMITTED])
      expect(warningsOf({ ...GREEN_API, ...env }, around)).toEqual([expect.stringContaining(expected)]);
  });

  test.each<Record<string, string>>([
    { ALLOWED_COUNTRIES: 'KZ' },
    { ALLOWED_COUNTRIES: 'IR', ...KAVENEGAR },
    { ...KAVENEGAR, KAVENEGAR_TEMPLATE: 't', DELIVERY_ROUTES: 'IR=kavenegar-verify;*=green-api' },
    { ...KAVENEGAR, DELIVERY_ROUTES: '*=green-api,kavenegar-sms', ALLOWED_COUNTRIES: 'UZ' },
  ])('is not in %j', (env) => {
    expect(warningsOf({ ...GREEN_API, ...env })).toEqual([]);
  });
});

describe('ALLOWED_COUNTRIES=*', () => {
  test('is a warning that names the channels that cost money in every country', () => {
    const env = { ...GREEN_API, ...KAVENEGAR, DELIVERY_ROUTES: '*=green-api,kavenegar-sms', ALLOWED_COUNTRIES: '*' };
    expect(warningsOf(env)).toEqual([
      expect.stringMatching(/^ALLOWED_COUNTRIES is \*: anyone can make you pay .*satellite phones \(kavenegar-sms\)/),
    ]);
  });

  test.each<Record<string, string>>([{ DELIVERY_ROUTES: '*=green-api' }, MELIPAYAMAK])(
    'is none without a channel that costs money outside Iran: %j',
    (env) => {
      expect(warningsOf({ ...GREEN_API, ...env, ALLOWED_COUNTRIES: '*' })).toEqual([]);
    },
  );
});

describe('DENIED_PREFIXES', () => {
  test.each([
    ['IR', '+98'],
    ['KG,IR', '+98,+996'],
    ['KG', '+99'],
  ])('may not deny every phone of ALLOWED_COUNTRIES=%s: %s', (countries, prefixes) => {
    const env = { ALLOWED_COUNTRIES: countries, DENIED_PREFIXES: prefixes };
    expect(named(env)).toEqual(['DENIED_PREFIXES']);
    expect(complaint(env)).toMatch(/denies every phone of ALLOWED_COUNTRIES .*Write longer prefixes/);
  });

  test.each([
    ['KG,IR', '+98'],
    ['*', '+98,+996'],
    ['KZ', '+77'],
    ['IR', '+98912'],
  ])('may deny some phones of ALLOWED_COUNTRIES=%s: %s', (countries, prefixes) => {
    expect(complaint({ ALLOWED_COUNTRIES: countries, DENIED_PREFIXES: prefixes })).toBe('');
  });
});

describe('SMS_ENABLED=false', () => {
  const OFF = { SMS_ENABLED: 'false' };

  test('leaves the channels that send SMS out of every route, and says so', () => {
    const env = { ...PRODUCTION, ...GREEN_API, ...KAVENEGAR, ...OFF, DELIVERY_ROUTES: '*=kavenegar-sms,green-api' };
    expect(loadConfig(env).delivery.routes).toEqual(new Map([['*', ['green-api']]]));
    expect(configWarnings(loadConfig(env), env)).toEqual([expect.stringMatching(/^SMS_ENABLED is false/)]);
  });

  test('names a country that only they reach', () => {
    const env = { ...PRODUCTION, ...KAVENEGAR, ...OFF, ALLOWED_COUNTRIES: 'IR' };
    expect(named(env)).toEqual(['ALLOWED_COUNTRIES']);
    expect(complaint(env)).toContain('set SMS_ENABLED to true');
  });
});
