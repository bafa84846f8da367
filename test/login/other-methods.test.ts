import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOCALES } from '../../src/locales/locale.js';
import { messagesIn } from '../../src/locales/messages.js';
import { call, somePhone } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';

/** When a sign-in method fails, its text offers the other one only where the gateway has it. */
const NO_WHATSAPP = { GREEN_API_ID_INSTANCE: '' };
const WHATSAPP = { GREEN_API_WEBHOOK_TOKEN: 'LVhb29y7UzuTxJ54FdBtrjRX' };
const SMS = {
  ...NO_WHATSAPP,
  KAVENEGAR_API_KEY: 'InventedKeyOfKavenegar',
  KAVENEGAR_URL: 'http://127.0.0.1:2',
  DELIVERY_ROUTES: '*=kavenegar-sms',
};
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

async function messageOf({ graphqlUrl }: TestGateway, document: string, variables: Record<string, string>) {
  const { data } = await call<{ result: { code: string; message: string } }>(graphqlUrl, document, variables);
  return data.result;
}
const requestOtp = (gateway: TestGateway, locale: string) =>
  messageOf(
    gateway,
    'mutation($phone: String!, $locale: String) { result: requestOtp(input: {phone: $phone, locale: $locale}) { ... on Error { code message } } }',
    { phone: somePhone(), locale },
  );
const startWhatsAppLogin = (gateway: TestGateway, locale: string) =>
  messageOf(
    gateway,
    'mutation($locale: String) { result: startWhatsAppLogin(input: {locale: $locale}) { ... on Error { code message } } }',
    { locale },
  );

describe.each([
  { has: 'no channel', env: NO_WHATSAPP, otp: 'withoutOtherMethod', whatsapp: 'withoutOtherMethod' },
  { has: 'the WhatsApp login only', env: WHATSAPP, otp: 'errors', whatsapp: undefined },
  { has: 'SMS only', env: SMS, otp: 'withoutOtherMethod', whatsapp: 'errors' },
] as const)('in production with $has', ({ env, otp, whatsapp }) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ NODE_ENV: 'production', ...env, DATABASE_URL: database.url });
  });
  afterAll(() => gateway.stop());

  test.each(LOCALES)('a code that cannot be sent offers WhatsApp in %s only if it is there', async (locale) => {
    const { DELIVERY_FAILED } = messagesIn(locale)[otp];
    expect(await requestOtp(gateway, locale)).toEqual({ code: 'DELIVERY_FAILED', message: DELIVERY_FAILED });
    expect(/WhatsApp|واتساپ/.test(DELIVERY_FAILED)).toBe(otp === 'errors');
  });

  test.each(LOCALES)('a WhatsApp login that is not there offers a code in %s only if a channel is', async (locale) => {
    const expected = whatsapp && {
      code: 'METHOD_UNAVAILABLE',
      message: messagesIn(locale)[whatsapp].METHOD_UNAVAILABLE,
    };
    expect(await startWhatsAppLogin(gateway, locale)).toEqual(expected ?? {});
  });
});
