import fc from 'fast-check';
import { expect, test } from 'vitest';
import { writtenPhone } from '../../test/support/written-phone.js';
import { isAllowedPhone } from './is-allowed-phone.js';

const COUNTRIES = ['KZ', 'KG', 'IR', 'RU', 'UZ'] as const;

test('a phone is allowed exactly where its country is and no denied prefix begins it', () => {
  const allowed = fc.oneof(fc.constant('*' as const), fc.subarray([...COUNTRIES]));
  fc.assert(
    fc.property(
      writtenPhone,
      allowed,
      fc.array(fc.stringMatching(/^\+[79]\d{1,6}$/)),
      ({ e164, country }, countries, prefixes) => {
        const phone = { e164, country: country as (typeof COUNTRIES)[number] };
        const isAllowed = isAllowedPhone(phone, { allowedCountries: countries, deniedPrefixes: prefixes });
        const isServed = countries === '*' || countries.some((country) => country === phone.country);
        expect(isAllowed).toBe(isServed && !prefixes.some((prefix) => phone.e164.startsWith(prefix)));
        for (let length = 3; length <= phone.e164.length; length += 1) {
          const denied = [...prefixes, phone.e164.slice(0, length)];
          expect(isAllowedPhone(phone, { allowedCountries: '*', deniedPrefixes: denied })).toBe(false);
        }
      },
    ),
  );
});

test('a phone of no country is allowed with all countries only', () => {
  const phone = { e164: '+881710000002', country: undefined };
  expect(isAllowedPhone(phone, { allowedCountries: [...COUNTRIES], deniedPrefixes: [] })).toBe(false);
  expect(isAllowedPhone(phone, { allowedCountries: '*', deniedPrefixes: [] })).toBe(true);
  expect(isAllowedPhone(phone, { allowedCountries: '*', deniedPrefixes: ['+881'] })).toBe(false);
});
