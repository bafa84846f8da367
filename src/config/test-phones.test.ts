import { describe, expect, test } from 'vitest';
import { complaint, named } from '../../test/support/config.js';
import { loadConfig } from './config.js';
import { fixedCodeOf, testPhoneWarnings } from './test-phones.js';

const dayIn = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const PHONE = '+77010000099';
const NEXT_MONTH = dayIn(30);

const read = (value: string) => loadConfig({ TEST_PHONES: value });

describe('TEST_PHONES', () => {
  test('is a list of phones with a fixed code and their last day, in any spacing', () => {
    const config = read(`${PHONE}=246810@${NEXT_MONTH} ; +7 701 000 0098=135791@${dayIn(0)};`);
    expect(fixedCodeOf(PHONE, config)).toBe('246810');
    expect(fixedCodeOf('+77010000098', config)).toBe('135791');
    expect(fixedCodeOf('+77010000097', config)).toBeUndefined();
  });

  test('has no phones when it is unset', () => {
    expect(loadConfig({}).testPhones).toEqual(new Map());
  });

  test.each([
    ['a phone without a country code', `87010000099=246810@${NEXT_MONTH}`, 'mobile number'],
    ['a landline', `+77272000000=246810@${NEXT_MONTH}`, 'mobile number'],
    ['a phone that cannot exist', `+7=246810@${NEXT_MONTH}`, 'mobile number'],
    ['a code of five digits', `${PHONE}=24681@${NEXT_MONTH}`, '6 to 8 digits'],
    ['a code with letters', `${PHONE}=24a810@${NEXT_MONTH}`, '6 to 8 digits'],
    ['a code of equal digits', `${PHONE}=000000@${NEXT_MONTH}`, 'anyone tries first'],
    ['a rising code', `${PHONE}=123456@${NEXT_MONTH}`, 'anyone tries first'],
    ['a falling code', `${PHONE}=987654@${NEXT_MONTH}`, 'anyone tries first'],
    ['no last day', `${PHONE}=246810`, 'a last day'],
    ['an empty last day', `${PHONE}=246810@`, 'no last day'],
    ['a day that does not exist', `${PHONE}=246810@2027-02-30`, 'no last day'],
    ['a day in another form', `${PHONE}=246810@31.01.2027`, 'no last day'],
    ['a day more than a year ahead', `${PHONE}=246810@${dayIn(400)}`, 'more than a year ahead'],
    ['the same phone twice', `${PHONE}=246810@${NEXT_MONTH};${PHONE}=135791@${NEXT_MONTH}`, 'earlier entry'],
  ])('refuses %s', (_, value, reason) => {
    expect(named({ TEST_PHONES: value })).toEqual(['TEST_PHONES']);
    expect(complaint({ TEST_PHONES: value })).toContain(reason);
  });

  test('refuses a code that is shorter than OTP_LENGTH', () => {
    const value = `${PHONE}=246810@${NEXT_MONTH}`;
    expect(complaint({ TEST_PHONES: value, OTP_LENGTH: '8' })).toContain('TEST_PHONES has a code that is not 8 digits');
  });

  test('reports every mistake at once, and no code', () => {
    const text = complaint({ TEST_PHONES: `8701=975318@${NEXT_MONTH};${PHONE}=97531@2027-13-01;975319` });
    expect(text).toMatch(/entry 1 .*mobile number/);
    expect(text).toMatch(/entry 2 .*6 to 8 digits/);
    expect(text).toMatch(/entry 2 .*no last day/);
    expect(text).toMatch(/entry 3 must be/);
    expect(text).not.toContain('97531');
  });

  test('with a last day that is over does not stop the gateway: the phone is an ordinary one, and a warning names the day', () => {
    const config = read(`${PHONE}=246810@2026-01-31`);
    expect(fixedCodeOf(PHONE, config)).toBeUndefined();
    expect(testPhoneWarnings(config)).toEqual([expect.stringContaining('2026-01-31')]);
    expect(testPhoneWarnings(read(`${PHONE}=246810@${dayIn(0)}`))).toEqual([]);
  });
});
