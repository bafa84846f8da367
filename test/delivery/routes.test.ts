import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { LOCALES, type Locale } from '../../src/locales/locale.js';
import { resendOtp, verifyOtp } from '../support/calls.js';
import {
  type Asked,
  type Providers,
  ageResend,
  codeIn,
  phoneIn,
  sendWebhooksTo,
  setScene,
  smsLog,
  startProviders,
  requestOtp,
} from '../support/delivery.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { deleteTemplates, insertTemplate, setTemplateBody } from '../support/rows.js';

/** Every channel is on the route of every country that it reaches. */
const WITH_CONSOLE =
  'IR=kavenegar-verify,kavenegar-sms,melipayamak,green-api,console;*=green-api,kavenegar-verify,kavenegar-sms,console';

let database: TestDatabase;
let providers: Providers;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  providers = await startProviders();
  gateway = await startGateway({
    DATABASE_URL: database.url,
    ...providers.env,
    DELIVERY_ROUTES: WITH_CONSOLE,
    ALLOWED_COUNTRIES: 'KZ,KG,IR,TR',
  });
  sendWebhooksTo(gateway, providers);
});
afterAll(async () => {
  await gateway.stop();
  await providers.close();
  await database.drop();
});

/** A scene with its own routes, templates or providers. */
const scene = (options: Parameters<typeof setScene>[1], on = database) => setScene(on, options, onTestFinished);

/** The channels of a phone's deliveries, in order. */
const triedFor = async (phone: string, on = database) => (await smsLog(on, { phone })).map(({ channel }) => channel);

describe('the first channel of the route takes the code', () => {
  test.for([
    ['Kazakh', '+77010000002', '+77010000002', 'green-api'],
    ['Kazakh, national', '8 701 000 00 12', '+77010000012', 'green-api'],
    ['Kyrgyz', '0700 000 003', '+996700000003', 'green-api'],
    ['Iranian', '0912 000 0004', '+989120000004', 'kavenegar-verify'],
    ['Iranian, with Persian digits', '۰۹۱۲۰۰۰۰۰۱۴', '+989120000014', 'kavenegar-verify'],
    ['Turkish', '+90 532 000 00 05', '+905320000005', 'green-api'],
  ] as const)('%s', async ([, spelling, phone, channel]) => {
    const attempt = await requestOtp(gateway.graphqlUrl, { phone: spelling });
    expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: nameOf(channel) });
    const asked = providers.askedFor(phone);
    expect(asked.map((one) => one.channel)).toEqual([channel]);
    const code = String(asked[0]?.code);
    expect(code).toMatch(/^\d{6}$/);
    expect(await triedFor(phone)).toEqual([channel]);
    const session = await verifyOtp(gateway.graphqlUrl, { ...attempt, code });
    expect(session).toMatchObject({ __typename: 'Session', user: { phone } });
  });
});

describe('a route is tried to its end when every channel before the last one refuses', () => {
  test.each([
    ['IR', ['kavenegar-verify', 'kavenegar-sms', 'melipayamak', 'green-api', 'console']],
    ['KZ', ['green-api', 'kavenegar-verify', 'kavenegar-sms', 'console']],
    ['KG', ['green-api', 'kavenegar-verify', 'kavenegar-sms', 'console']],
  ] as const)('%s', async (country, route) => {
    const { gateway, greenApi, kavenegar, melipayamak, askedFor } = await scene({
      env: { DELIVERY_ROUTES: WITH_CONSOLE },
    });
    greenApi.faults.set('sendmessage', { status: 469, body: '{}' });
    kavenegar.refusal = 422;
    melipayamak.refusal = 35;
    const phone = phoneIn(country);
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'CONSOLE' });
    expect(askedFor(phone).map(({ channel }) => channel)).toEqual(route.slice(0, -1));
    expect(await triedFor(phone)).toEqual(route);
    const code = gateway.codeOf(attempt.attemptId);
    expect(new Set(askedFor(phone).map((one) => one.code))).toEqual(new Set([code]));
    expect(await verifyOtp(gateway.graphqlUrl, { ...attempt, code })).toMatchObject({ __typename: 'Session' });
  });
});

describe('a requested channel', () => {
  test.each([
    ['KZ', 'KAVENEGAR_SMS', 'kavenegar-sms'],
    ['KZ', 'CONSOLE', 'console'],
    ['IR', 'GREEN_API', 'green-api'],
    ['IR', 'MELIPAYAMAK', 'melipayamak'],
    ['KG', 'KAVENEGAR_VERIFY', 'kavenegar-verify'],
  ] as const)('%s by %s', async (country, channel, name) => {
    const phone = phoneIn(country);
    expect(await requestOtp(gateway.graphqlUrl, { phone, channel })).toMatchObject({ channel });
    expect(await triedFor(phone)).toEqual([name]);
  });

  test('is skipped where it does not serve the country', async () => {
    const phone = phoneIn('KZ');
    const attempt = await requestOtp(gateway.graphqlUrl, { phone, channel: 'MELIPAYAMAK' });
    expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'GREEN_API' });
  });

  test('comes before the route, which follows unchanged', async () => {
    const { gateway, greenApi, kavenegar } = await scene({});
    greenApi.faults.set('sendmessage', { status: 469, body: '{}' });
    kavenegar.refusal = 422;
    const phone = phoneIn('IR');
    const attempt = await requestOtp(gateway.graphqlUrl, { phone, channel: 'GREEN_API' });
    expect(attempt).toMatchObject({ channel: 'MELIPAYAMAK' });
    expect(await triedFor(phone)).toEqual(['green-api', 'kavenegar-verify', 'kavenegar-sms', 'melipayamak']);
  });

  test('is used for a resend, which sends the same code', async () => {
    const phone = phoneIn('IR');
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    for (const channel of ['GREEN_API', 'KAVENEGAR_SMS', 'MELIPAYAMAK']) {
      await ageResend(database, attempt.attemptId);
      const again = await resendOtp(gateway.graphqlUrl, attempt, { channel });
      expect(again).toMatchObject({ __typename: 'OtpRequested', attemptId: attempt.attemptId, channel });
    }
    const asked = providers.askedFor(phone);
    expect(asked.map(({ channel }) => channel)).toEqual([
      'kavenegar-verify',
      'green-api',
      'kavenegar-sms',
      'melipayamak',
    ]);
    expect(new Set(asked.map(({ code }) => code)).size).toBe(1);
    const session = await verifyOtp(gateway.graphqlUrl, { ...attempt, code: String(asked[0]?.code) });
    expect(session).toMatchObject({ __typename: 'Session' });
  });
});

describe('a configured channel that the route does not name', () => {
  const env = { DELIVERY_ROUTES: 'IR=kavenegar-verify;*=green-api' };

  test('is never used: not by request, not for a resend, not after the route, not for a receipt that is missing', async () => {
    const { gateway, greenApi, askedFor } = await scene({ env });
    const phone = phoneIn('KZ');
    const attempt = await requestOtp(gateway.graphqlUrl, { phone, channel: 'KAVENEGAR_SMS' });
    expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'GREEN_API' });
    await ageResend(database, attempt.attemptId);
    expect(await resendOtp(gateway.graphqlUrl, attempt, { channel: 'CONSOLE' })).toMatchObject({
      channel: 'GREEN_API',
    });
    expect(
      await database.query('SELECT 1 FROM sms_log WHERE attempt_id = $1 AND next_channels <> $2', [
        attempt.attemptId,
        [],
      ]),
    ).toEqual([]);
    greenApi.faults.set('sendmessage', { status: 469, body: '{}' });
    const another = phoneIn('KZ');
    const refused = await requestOtp(gateway.graphqlUrl, { phone: another, channel: 'KAVENEGAR_SMS' });
    expect(refused).toMatchObject({ code: 'DELIVERY_FAILED' });
    expect([...askedFor(phone), ...askedFor(another)].map(({ channel }) => channel)).toEqual(
      Array.from({ length: 3 }, () => 'green-api'),
    );
  });

  test.each([
    ['Somalia', '+252 61 000 0002'],
    ['Cuba', '+53 5 100 0002'],
    ['a satellite', '+881 6 1000 0002'],
  ])('costs nothing in a country that is not allowed either: %s', async (_, phone) => {
    const answer = await requestOtp(gateway.graphqlUrl, { phone, channel: 'KAVENEGAR_SMS' });
    expect(answer).toMatchObject({ __typename: 'PhoneNotAllowed' });
    const asked = new Set(providers.asked.map((one) => one.phone));
    expect(asked).not.toContain(phone.replaceAll(' ', ''));
  });
});

describe('DELIVERY_ROUTES', () => {
  test('sets the route of a country, and of all others by *', async () => {
    const { gateway } = await scene({
      env: { DELIVERY_ROUTES: 'KZ=kavenegar-sms,green-api; IR=melipayamak; *=kavenegar-verify' },
    });
    for (const [country, channel] of [
      ['KZ', 'KAVENEGAR_SMS'],
      ['IR', 'MELIPAYAMAK'],
      ['KG', 'KAVENEGAR_VERIFY'],
    ] as const) {
      expect(await requestOtp(gateway.graphqlUrl, { phone: phoneIn(country) })).toMatchObject({ channel });
    }
  });

  test('sends no message by Melipayamak to a phone outside Iran', async () => {
    const { gateway, melipayamak } = await scene({ env: { DELIVERY_ROUTES: '*=melipayamak,green-api' } });
    for (const country of ['KZ', 'KG'] as const) {
      const answer = await requestOtp(gateway.graphqlUrl, { phone: phoneIn(country) });
      expect(answer).toMatchObject({ __typename: 'OtpRequested', channel: 'GREEN_API' });
    }
    expect(melipayamak.calls).toEqual([]);
    const iranian = await requestOtp(gateway.graphqlUrl, { phone: phoneIn('IR') });
    expect(iranian).toMatchObject({ channel: 'MELIPAYAMAK' });
  });

  test('skips a channel that is not configured', async () => {
    const { gateway } = await scene({
      env: { DELIVERY_ROUTES: '*=melipayamak,kavenegar-verify,kavenegar-sms', KAVENEGAR_TEMPLATE: '' },
    });
    expect(await requestOtp(gateway.graphqlUrl, { phone: phoneIn('KZ') })).toMatchObject({ channel: 'KAVENEGAR_SMS' });
  });
});

/** Words that occur in the template of one language only. */
const WORDS: Record<Locale, string> = {
  en: 'is your Phonegate code',
  ru: 'Никому не говорите',
  kk: 'Ешкімге айтпаңыз',
  ky: 'Эч кимге айтпаңыз',
  fa: 'به کسی نگویید',
};
const languageOf = (text: string) => LOCALES.filter((locale) => text.includes(WORDS[locale])).join();

describe('the language of the message', () => {
  test.for<[string, 'KZ' | 'KG' | 'IR', { locale?: string }, string | undefined, Locale]>([
    ['is the requested one', 'KZ', { locale: 'ru' }, 'fa', 'ru'],
    ['is the requested one without its region', 'KG', { locale: 'en-GB' }, undefined, 'en'],
    ['is that of the browser when none is requested', 'KZ', {}, 'de, ky;q=0.8, ru;q=0.9', 'ru'],
    ['is that of the browser when the requested one is not supported', 'IR', { locale: 'de' }, 'en', 'en'],
    ['is Kazakh for Kazakhstan otherwise', 'KZ', {}, undefined, 'kk'],
    ['is Kyrgyz for Kyrgyzstan otherwise', 'KG', { locale: 'de' }, 'de, fr', 'ky'],
    ['is Persian for Iran otherwise', 'IR', {}, undefined, 'fa'],
  ])('%s', async ([, country, wish, header, locale]) => {
    const phone = phoneIn(country);
    const headers: Record<string, string> = header === undefined ? {} : { 'accept-language': header };
    const channel = country === 'IR' ? 'KAVENEGAR_SMS' : 'GREEN_API';
    const attempt = await requestOtp(gateway.graphqlUrl, { phone, channel, ...wish }, headers);
    expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel });
    expect(languageOf(String(providers.askedFor(phone)[0]?.text))).toBe(locale);
    expect(await smsLog(database, { phone })).toMatchObject([{ locale, template: `*/${locale}` }]);
  });

  test('is English for a country whose language is not supported', async () => {
    const phone = '+905320000015';
    await requestOtp(gateway.graphqlUrl, { phone });
    expect(languageOf(String(providers.askedFor(phone)[0]?.text))).toBe('en');
  });

  test('stays the same when another browser asks for the resend', async () => {
    const phone = phoneIn('KZ');
    const attempt = await requestOtp(gateway.graphqlUrl, { phone, locale: 'ru' });
    await ageResend(database, attempt.attemptId);
    await resendOtp(gateway.graphqlUrl, attempt);
    expect(providers.askedFor(phone).map(({ text }) => languageOf(text))).toEqual(['ru', 'ru']);
  });
});

describe('templates of the database', () => {
  let edited: TestDatabase;
  beforeAll(async () => {
    edited = await createDatabase();
    await deleteTemplates(edited, 'ru', 'ky');
    const persian = { locale: 'fa', body: 'کد {code}' };
    await insertTemplate(edited, { ...persian, channel: 'kavenegar-verify', providerTemplate: 'persian-login' });
    await insertTemplate(edited, { ...persian, channel: 'melipayamak', providerTemplate: '777' });
    await insertTemplate(edited, {
      channel: 'green-api',
      body: 'Hello {code}, and {code} again, for {minutes} minutes',
    });
  });
  afterAll(() => edited.drop());

  test('a text that is missing is said in the language of the phone’s country, and else in English', async () => {
    const { gateway, askedFor } = await scene({}, edited);
    const kazakh = phoneIn('KZ');
    await requestOtp(gateway.graphqlUrl, { phone: kazakh, locale: 'ru' });
    expect(languageOf(String(askedFor(kazakh)[0]?.text))).toBe('kk');
    const kyrgyz = phoneIn('KG');
    await requestOtp(gateway.graphqlUrl, { phone: kyrgyz, channel: 'KAVENEGAR_SMS' });
    expect(languageOf(String(askedFor(kyrgyz)[0]?.text))).toBe('en');
    expect(await smsLog(edited, { phone: kyrgyz })).toMatchObject([{ locale: 'en', template: '*/en' }]);
  });

  test('a template of the channel wins over one for all, and every placeholder of the code is filled in', async () => {
    const { gateway, askedFor } = await scene({ env: { OTP_TTL_SECONDS: '61' } }, edited);
    const phone = phoneIn('KZ');
    await requestOtp(gateway.graphqlUrl, { phone, locale: 'en' });
    const { text, code } = askedFor(phone)[0] as Asked;
    expect(text).toBe(`Hello ${code}, and ${code} again, for 2 minutes`);
    expect(await smsLog(edited, { phone })).toMatchObject([{ template: 'green-api/en' }]);
  });

  test('the provider template of a template wins over the configured one', async () => {
    const { gateway, kavenegar, melipayamak, askedFor } = await scene({}, edited);
    kavenegar.templates.set('persian-login', { text: 'کد: %token', approved: true });
    melipayamak.patterns.set(777, { text: 'کد: {0}', approved: true });
    for (const [channel, text] of [
      ['KAVENEGAR_VERIFY', 'persian-login'],
      ['MELIPAYAMAK', '777'],
    ] as const) {
      const phone = phoneIn('IR');
      expect(await requestOtp(gateway.graphqlUrl, { phone, channel })).toMatchObject({ channel });
      expect(askedFor(phone)).toMatchObject([{ text }]);
      expect(await smsLog(edited, { phone })).toMatchObject([{ template: text, locale: 'fa', failure: null }]);
    }
    const inEnglish = phoneIn('IR');
    await requestOtp(gateway.graphqlUrl, { phone: inEnglish, locale: 'en' });
    expect(askedFor(inEnglish)).toMatchObject([{ text: 'myverification' }]);
  });

  test.each([
    ['UPDATE', () => setTemplateBody(edited, 'en', 'Your code is on its way')],
    ['INSERT', () => insertTemplate(edited, { locale: 'ru', body: 'Код {cod}' })],
  ])('%s of a template without a placeholder for the code is refused', async (_, write) => {
    await expect(write()).rejects.toThrow(/sms_templates_code_check/);
  });
});

describe('SMS_WEBOTP_HOST', () => {
  test('binds the code to the site in the last line of our own SMS, and nowhere else', async () => {
    const { gateway, kavenegar, askedFor } = await scene({ env: { SMS_WEBOTP_HOST: 'app.example.com' } });
    kavenegar.links = true;
    for (const country of ['KZ', 'KG', 'IR'] as const) {
      const phone = phoneIn(country);
      const channel = 'KAVENEGAR_SMS';
      expect(await requestOtp(gateway.graphqlUrl, { phone, channel })).toMatchObject({ channel });
      const { text } = askedFor(phone)[0] as Asked;
      expect(text.split('\n').at(-1)).toBe(`@app.example.com #${codeIn(text)}`);
    }
    const byWhatsApp = phoneIn('KZ');
    await requestOtp(gateway.graphqlUrl, { phone: byWhatsApp });
    expect(askedFor(byWhatsApp)[0]?.text).not.toContain('@');
  });

  test('adds nothing when it is unset', async () => {
    const phone = phoneIn('IR');
    await requestOtp(gateway.graphqlUrl, { phone, channel: 'KAVENEGAR_SMS' });
    const { text } = providers.askedFor(phone)[0] as Asked;
    expect(text).not.toContain('@');
    expect(codeIn(text)).toMatch(/^\d{6}$/);
  });
});

describe('SMS_APP_HASH', () => {
  test('ends the SMS for an app on Android, in place of the line for browsers, also when it is sent again', async () => {
    const hash = 'FA+9qCX9VSu';
    const { gateway, kavenegar, askedFor } = await scene({
      env: { SMS_WEBOTP_HOST: 'app.example.com', SMS_APP_HASH: hash },
    });
    kavenegar.links = true;
    const textsFor = async (userAgent: string) => {
      const phone = phoneIn('IR');
      const channel = 'KAVENEGAR_SMS';
      const attempt = await requestOtp(gateway.graphqlUrl, { phone, channel }, { 'user-agent': userAgent });
      await ageResend(database, attempt.attemptId);
      await resendOtp(gateway.graphqlUrl, attempt, { channel });
      return askedFor(phone).map(({ text }) => text);
    };
    const toApp = await textsFor('okhttp/4.12.0');
    expect(toApp).toHaveLength(2);
    for (const text of toApp) {
      expect(text.split('\n').at(-1)).toBe(hash);
      expect(text).not.toContain('@');
    }
    const toBrowser = await textsFor('Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/142.0 Mobile');
    for (const text of toBrowser) {
      expect(text).not.toContain(hash);
      expect(text.split('\n').at(-1)).toBe(`@app.example.com #${codeIn(text)}`);
    }
  });
});

/** As GraphQL spells a channel. */
const nameOf = (channel: string) => channel.toUpperCase().replace('-', '_');
