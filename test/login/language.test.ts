import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../src/domain-error.js';
import { LOCALES } from '../../src/locales/locale.js';
import { messagesIn } from '../../src/locales/messages.js';
import { type Result, call, requestOtp, somePhone } from '../support/calls.js';
import { sentFor, useGateways } from './gateways.js';
import { testNothingSecretIsLeft } from './nothing-secret-is-left.js';

const login = useGateways();
const gateway = () => login.gateway();

describe('the language of the gateway', () => {
  const errorIn = (input: { locale?: string }, headers: Record<string, string> = {}) =>
    requestOtp(gateway().graphqlUrl, { phone: '123', ...input }, headers);

  test.each(LOCALES)('errors are in %s by the input or by Accept-Language, and the input wins', async (locale) => {
    const text = messagesIn(locale).errors.INVALID_PHONE_NUMBER;
    expect(await errorIn({ locale })).toMatchObject({ code: 'INVALID_PHONE_NUMBER', message: text });
    expect((await errorIn({}, { 'accept-language': locale })).message).toBe(text);
    expect((await errorIn({}, { 'accept-language': `de, ${locale.toUpperCase()}-XX;q=0.9` })).message).toBe(text);
    expect((await errorIn({ locale }, { 'accept-language': locale === 'en' ? 'ru' : 'en' })).message).toBe(text);
  });

  test('errors are in English where the client asks for no known language', async () => {
    const { INVALID_PHONE_NUMBER } = messagesIn('en').errors;
    for (const input of [{}, { locale: 'de' }, { locale: '' }, { locale: 'x'.repeat(1000) }]) {
      expect((await errorIn(input)).message).toBe(INVALID_PHONE_NUMBER);
    }
  });

  test.each<[ErrorCode, () => Promise<string | undefined>]>([
    [
      'ATTEMPT_NOT_FOUND',
      async () => {
        const { data } = await call<{ verifyOtp: Result }>(
          { url: gateway().graphqlUrl, headers: { 'accept-language': 'fa-IR' } },
          'mutation { verifyOtp(input: { attemptId: "x", secret: "x", code: "1" }) { ... on Error { message } } }',
          {},
        );
        return data.verifyOtp.message;
      },
    ],
    [
      'UNAUTHENTICATED',
      async () =>
        (await call({ url: gateway().graphqlUrl, headers: { 'accept-language': 'fa' } }, '{ me { id } }', {}))
          .errors?.[0]?.message,
    ],
  ])('the error %s is in Persian for Accept-Language: fa', async (code, ask) =>
    expect(await ask()).toBe(messagesIn('fa').errors[code]),
  );

  test.each(LOCALES)('the message with the code is in %s', async (locale) => {
    const { attemptId } = await requestOtp(gateway().graphqlUrl, { phone: somePhone(), locale });
    const [template] = await login.database.query<{ body: string }>(
      `SELECT body FROM sms_templates WHERE purpose = 'LOGIN_CODE' AND locale = $1`,
      [locale],
    );
    const [sent] = sentFor(attemptId, gateway());
    expect(sent?.['text']).toBe(
      template?.body.replace('{code}', gateway().codeOf(attemptId)).replace('{service}', 'Phonegate'),
    );
  });
});

testNothingSecretIsLeft(login);
