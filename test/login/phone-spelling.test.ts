import { randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { requestOtp, somePhone } from '../support/calls.js';
import { useGateways } from './gateways.js';
import { testNothingSecretIsLeft } from './nothing-secret-is-left.js';

const login = useGateways({
  open: { ALLOWED_COUNTRIES: 'KZ,KG,IR,TR' },
  defaults: {},
  kyrgyz: { ALLOWED_COUNTRIES: 'KG' },
  denying: { ALLOWED_COUNTRIES: 'KZ,KG', DENIED_PREFIXES: '+7701,+99655' },
  anywhere: { ALLOWED_COUNTRIES: '*', DENIED_PREFIXES: '+8816' },
});
const gateway = () => login.gateway();

const phoneOf = async (attemptId: string) =>
  (await login.database.query<{ phone: string }>('SELECT phone FROM login_attempts WHERE id = $1', [attemptId]))[0]
    ?.phone;

describe('the phone of a request', () => {
  const inDigits = (zeroOf: string) => (text: string) =>
    text.replaceAll(/\d/g, (digit) => String.fromCharCode(zeroOf.charCodeAt(0) + Number(digit)));
  const persian = inDigits('۰');
  const arabic = inDigits('٠');
  const wide = inDigits('０');

  test.each<[string, (digits: string) => string, string]>([
    ['an international number with +', (n) => `+7701${n}`, '+7701'],
    ['with spaces, brackets and dashes', (n) => ` +7 (701) ${n.slice(0, 3)}-${n.slice(3, 5)}-${n.slice(5)} `, '+7701'],
    ['an international number without +', (n) => `7701${n}`, '+7701'],
    ['a Kazakh national number with the prefix 8', (n) => `8 701 ${n}`, '+7701'],
    ['a Kazakh national number without a prefix', (n) => `701${n}`, '+7701'],
    ['an international number with 00', (n) => `007701${n}`, '+7701'],
    ['in Persian digits', (n) => persian(`+7701${n}`), '+7701'],
    ['in Arabic digits', (n) => arabic(`8701${n}`), '+7701'],
    ['in full-width signs', (n) => `＋${wide(`7701${n}`)}`, '+7701'],
    ['with invisible marks, a no-break space and a long dash', (n) => `\u202A+7\u00A0701\u2013${n}\u202C`, '+7701'],
    ['a Kyrgyz national number', (n) => `0700 ${n.slice(1)}`, '+996700'],
    ['a Kyrgyz national number without its 0', (n) => `700${n.slice(1)}`, '+996700'],
    ['a Kyrgyz number with 00', (n) => `00996 700 ${n.slice(1)}`, '+996700'],
    ['a Kyrgyz international number without +', (n) => `996700${n.slice(1)}`, '+996700'],
    ['an Iranian national number', (n) => `0912 ${n}`, '+98912'],
    ['an Iranian national number without its 0', (n) => `912${n}`, '+98912'],
    ['an Iranian national number in Persian digits', (n) => persian(`0912${n}`), '+98912'],
    ['an Iranian number with 00', (n) => `0098912${n}`, '+98912'],
    ['an Iranian number with + and the national 0', (n) => `+98 0912 ${n}`, '+98912'],
    ['a Turkish number with +', (n) => `+90 532 ${n}`, '+90532'],
    ['a Kyrgyz number as a spreadsheet writes it', (n) => `700${n.slice(1)}.0`, '+996700'],
  ])('is accepted: %s', async (_, write, start) => {
    const digits = String(2_000_000 + randomInt(8_000_000)).padStart(7, '0');
    const e164 = `${start}${start === '+996700' ? digits.slice(1) : digits}`;
    const attempt = await requestOtp(gateway().graphqlUrl, { phone: write(digits) });
    expect(attempt).toMatchObject({ __typename: 'OtpRequested', codeLength: 6, channel: 'CONSOLE' });
    expect(await phoneOf(attempt.attemptId)).toBe(e164);
    expect(attempt.maskedPhone).toMatch(/^\+\d{4}\*+\d{2}$/);
    expect(attempt.maskedPhone).toHaveLength(e164.length);
  });

  test.each([
    '',
    ' ',
    '+',
    'call me',
    '123',
    '+7',
    '+7 701',
    '+999 123 456 789',
    `+${'7'.repeat(40)}`,
    '1'.repeat(65),
    '😀',
    '+7701000000२',
    '770123456/12',
    '0770 123 456.7',
    '7.70101E+10',
  ])('is refused as invalid: "%s"', async (phone) => {
    expect(await requestOtp(gateway().graphqlUrl, { phone })).toMatchObject({
      __typename: 'InvalidPhoneNumber',
      code: 'INVALID_PHONE_NUMBER',
    });
  });

  test.each(['+7 727 250 00 00', '8 (7172) 55 55 55', '+98 21 8888 8888', '+996 312 66 00 00'])(
    'is refused as a landline that receives no messages: %s',
    async (phone) => {
      expect(await requestOtp(gateway().graphqlUrl, { phone })).toMatchObject({
        __typename: 'PhoneNotAllowed',
        code: 'PHONE_NOT_ALLOWED',
      });
    },
  );

  test('must be of a country in ALLOWED_COUNTRIES', async () => {
    expect((await requestOtp(login.gateway('kyrgyz').graphqlUrl, { phone: somePhone() })).__typename).toBe(
      'PhoneNotAllowed',
    );
    expect((await requestOtp(login.gateway('kyrgyz').graphqlUrl, { phone: '+98 912 000 0004' })).__typename).toBe(
      'PhoneNotAllowed',
    );
    expect((await requestOtp(login.gateway('kyrgyz').graphqlUrl, { phone: '0700 000 003' })).__typename).toBe(
      'OtpRequested',
    );
  });

  const typeOf = async (name: string, phone: string) =>
    (await requestOtp(login.gateway(name).graphqlUrl, { phone })).__typename;

  test.each(['+90 532 000 00 05', '+252 61 000 0002', '+53 5 100 0002', '+44 7400 000002', '+7 916 000 00 02'])(
    'must be of a country in DEFAULT_COUNTRIES where ALLOWED_COUNTRIES is not set: %s',
    async (phone) => {
      expect(await typeOf('defaults', phone)).toBe('PhoneNotAllowed');
      expect(await typeOf('anywhere', phone)).toBe('OtpRequested');
    },
  );

  test.each(['+881 7 1000 0002', '+870 773 111 632', '+882 16 5110 0002', '+883 5100 0000 0002', '+979 1 1000 0002'])(
    'must belong to a country, unless all are allowed: %s',
    async (phone) => {
      for (const name of ['defaults', 'open', 'denying']) expect(await typeOf(name, phone)).toBe('PhoneNotAllowed');
      // Satellite phones receive messages; numbers of voice services, and with a charge, do not.
      expect(await typeOf('anywhere', phone)).toBe(/^\+(881|870)/.test(phone) ? 'OtpRequested' : 'PhoneNotAllowed');
    },
  );

  test.each([
    ['denying', '+7 701 000 00 02', 'PhoneNotAllowed'],
    ['denying', '8 (701) ۰۰۰ ۰۰ ۰۲', 'PhoneNotAllowed'],
    ['denying', '0550 000 002', 'PhoneNotAllowed'],
    ['denying', '+7 702 000 00 02', 'OtpRequested'],
    ['denying', '0700 000 002', 'OtpRequested'],
    ['anywhere', '+881 6 1000 0002', 'PhoneNotAllowed'],
  ])('must not begin with a prefix in DENIED_PREFIXES, in any spelling (%s): %s', async (name, phone, expected) => {
    expect(await typeOf(name, phone)).toBe(expected);
  });
});

testNothingSecretIsLeft(login);
