import { describe, expect, test } from 'vitest';
import { complaint, named } from '../../test/support/config.js';
import { loadConfig } from './config.js';

const codes = (length: number, tries: number) => ({ OTP_LENGTH: `${length}`, OTP_MAX_TRIES: `${tries}` });

describe('the length of codes and the number of tries', () => {
  test('are six and five by default, which is the weakest that is accepted', () => {
    expect(loadConfig({})).toMatchObject({ otp: { length: 6, maxTries: 5 } });
    expect(loadConfig(codes(6, 5)).otp).toEqual(loadConfig({}).otp);
  });

  test('are accepted exactly where a code is guessed with a probability of at most 1 in 200,000', () => {
    for (let length = 4; length <= 8; length += 1)
      for (let tries = 1; tries <= 10; tries += 1) {
        const isAccepted = tries / 10 ** length <= 1 / 200_000;
        expect([length, tries, complaint(codes(length, tries)) === '']).toEqual([length, tries, isAccepted]);
      }
  });

  test('of four and ten are refused with the probability', () => {
    expect(named(codes(4, 10))).toEqual(['OTP_LENGTH']);
    expect(complaint(codes(4, 10))).toContain(
      'OTP_LENGTH must be a whole number from 6 to 8: an attacker guesses a code of 4 digits with a probability of 1 in 10,000 by each try, and at most 1 in 200,000 is accepted for a code',
    );
  });

  test.each([
    [6, '1 in 166,667'],
    [10, '1 in 100,000'],
  ])('of six and %i are refused with the probability, and with what to set', (tries, probability) => {
    for (const env of [codes(6, tries), { OTP_MAX_TRIES: `${tries}` }]) {
      expect(named(env)).toEqual(['OTP_MAX_TRIES']);
      expect(complaint(env)).toContain(
        `OTP_MAX_TRIES must be at most 5 where OTP_LENGTH is 6: with ${tries} tries an attacker guesses a code with a probability of ${probability}, and at most 1 in 200,000 is accepted. Set OTP_MAX_TRIES=5, or OTP_LENGTH=7`,
      );
    }
  });

  test('that cannot be parsed are reported once', () => {
    for (const value of ['0', '9', '60', '-6', '6.0', '6e0', 'six'])
      expect([value, complaint({ OTP_LENGTH: value })]).toEqual([
        value,
        'The configuration has a mistake:\n  - OTP_LENGTH must be a whole number from 6 to 8',
      ]);
    expect(named({ OTP_LENGTH: '6', OTP_MAX_TRIES: '11' })).toEqual(['OTP_MAX_TRIES']);
    expect(named({ OTP_LENGTH: 'x', OTP_MAX_TRIES: 'x' })).toEqual(['OTP_LENGTH', 'OTP_MAX_TRIES']);
  });
});
