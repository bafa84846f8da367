import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writtenPhone } from '../../test/support/written-phone.js';
import { parsePhone } from './parse-phone.js';
import { phoneFromWhatsApp } from './whatsapp-phone.js';

describe('phoneFromWhatsApp', () => {
  test('returns the E.164 number without its + for most countries', () => {
    fc.assert(
      fc.property(writtenPhone, ({ e164, country }) => {
        expect(phoneFromWhatsApp(e164.slice(1))).toEqual({ e164, country });
      }),
    );
  });

  test.each([
    ['5215512345678', '+52 55 1234 5678'],
    ['525512345678', '+52 55 1234 5678'],
    ['551161234567', '+55 11 96123-4567'],
    ['5511961234567', '+55 11 96123-4567'],
    ['5491123456789', '+54 9 11 2345-6789'],
  ])('reads the WhatsApp digits %s as the phone %s', (digits, typed) => {
    expect(phoneFromWhatsApp(digits)).toEqual(parsePhone(typed, []));
  });
});
