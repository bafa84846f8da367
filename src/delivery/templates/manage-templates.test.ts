import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../config/config.js';
import { InvalidInput } from '../../domain-error.js';
import { previewTemplate } from './manage-templates.js';

const SERVICE: { webOtpHost: string | undefined; serviceName: string; otpLength: number; minutes: number } = {
  webOtpHost: 'app.example.com',
  serviceName: 'Acme',
  otpLength: 6,
  minutes: 5,
};
/** The parts of a configuration that a preview reads. */
const depsOf = ({ webOtpHost, serviceName, otpLength, minutes }: typeof SERVICE) => {
  const { delivery, otp } = loadConfig({});
  const config = {
    delivery: { ...delivery, webOtpHost, serviceName },
    otp: { ...otp, length: otpLength, ttlSeconds: minutes * 60 },
  };
  return { config };
};
const preview = (body: string, { channel = '*', ...service }: Partial<typeof SERVICE> & { channel?: string } = {}) =>
  previewTemplate({ purpose: 'LOGIN_CODE', channel, body }, depsOf({ ...SERVICE, ...service }));

describe('a preview', () => {
  test('shows the text as it would be sent, with its parts as an SMS', () => {
    expect(preview('{code} is your code, for {minutes} minutes. Never tell it: {code}')).toEqual({
      text: '123456 is your code, for 5 minutes. Never tell it: 123456',
      encoding: 'GSM-7',
      units: 57,
      segments: 1,
    });
  });

  test.for([
    ['Кіру коды: {code}', 'UCS-2', 17, 1],
    ['کد ورود: {code}', 'UCS-2', 15, 1],
    [`{code} ${'a'.repeat(153)}`, 'GSM-7', 160, 1],
    [`{code} ${'a'.repeat(154)}`, 'GSM-7', 161, 2],
    [`{code} ${'я'.repeat(63)}`, 'UCS-2', 70, 1],
    [`{code} ${'я'.repeat(64)}`, 'UCS-2', 71, 2],
    [`{code} €`, 'GSM-7', 9, 1],
  ] as const)('counts %s', ([body, encoding, units, segments]) => {
    expect(preview(body)).toMatchObject({ encoding, units, segments });
  });

  test('has as many digits and minutes as this service sends', () => {
    expect(preview('{code} {minutes}', { otpLength: 4, minutes: 10 }).text).toBe('1234 10');
    expect(preview('{code}', { otpLength: 8 }).text).toBe('12345678');
  });

  test('names the service by the title of the login page', () => {
    expect(preview('{service}: {code}').text).toBe('Acme: 123456');
  });

  test('has a last line that binds the code to the site for kavenegar-sms only', () => {
    expect(preview('Code: {code}', { channel: 'kavenegar-sms' })).toMatchObject({
      text: 'Code: 123456\n@app.example.com #123456',
      units: 37,
    });
    for (const other of [{ channel: 'console' }, { channel: 'kavenegar-sms', webOtpHost: '' }])
      expect(preview('Code: {code}', other).text).toBe('Code: 123456');
  });

  test('of a notification shows a masked phone, and has no line for browsers', () => {
    const notification = previewTemplate(
      { purpose: 'PHONE_CHANGED', channel: 'kavenegar-sms', body: '{service}: now {phone}' },
      depsOf(SERVICE),
    );
    expect(notification.text).toBe('Acme: now +7701*****02');
  });

  test('keeps characters that are special in a replacement string', () => {
    expect(preview("$& $1 $' {code}").text).toBe("$& $1 $' 123456");
  });
});

describe('a body is refused', () => {
  test.each([
    ['empty', ''],
    ['of spaces', '  \n '],
    ['without its code', 'Your code is on its way'],
    ['with a code in other letters', '{Code}'],
    ['with an unknown placeholder', '{code} {name}'],
    ['with a placeholder of another purpose', '{code} {phone}'],
    ['with the name of a property of every object as a placeholder', '{code} {constructor}'],
    ['with the name of a method of every object as a placeholder', '{code} {toString}'],
    ['longer than 1000 characters', `{code}${'a'.repeat(995)}`],
  ])('%s', (_, body) => {
    expect(() => preview(body)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', field: 'body' }));
    expect(() => preview(body)).toThrow(InvalidInput);
  });

  test('for a notification, without the phone or with a code', () => {
    for (const body of ['Your phone was changed.', '{phone} {code}'])
      expect(() => previewTemplate({ purpose: 'PHONE_CHANGED', channel: '*', body }, depsOf(SERVICE))).toThrow(
        InvalidInput,
      );
  });

  test('not at 1000 characters', () => {
    expect(preview(`{code}${'a'.repeat(994)}`).segments).toBe(7);
  });
});
