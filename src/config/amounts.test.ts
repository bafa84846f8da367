import { describe, expect, test } from 'vitest';
import { readConfig } from './config.js';

const read = (env: Record<string, string>) => readConfig({ GATEWAY_SECRET: undefined, ...env });
const guardOf = (env: Record<string, string>) => read(env).config?.guard;

describe('the budgets of money and messages', () => {
  test('have defaults', () => {
    expect(guardOf({})).toEqual({
      prices: new Map(),
      spendPerDay: 20,
      unverifiedPerCountryPerDay: new Map([['*', 20]]),
      messagesPerChannelPerDay: new Map(),
    });
  });

  test('are read by channel and by country', () => {
    expect(
      guardOf({
        MESSAGE_PRICES_USD: 'kavenegar-sms=0.004; green-api/KG=0.02',
        SPEND_LIMIT_USD_PER_DAY: '2.50',
        UNVERIFIED_MESSAGES_PER_COUNTRY_PER_DAY: 'KZ=500;*=30',
        MESSAGES_PER_CHANNEL_PER_DAY: 'green-api=2000;*=10000',
      }),
    ).toEqual({
      prices: new Map([
        ['kavenegar-sms', 0.004],
        ['green-api/KG', 0.02],
      ]),
      spendPerDay: 2.5,
      unverifiedPerCountryPerDay: new Map([
        ['*', 30],
        ['KZ', 500],
      ]),
      messagesPerChannelPerDay: new Map([
        ['green-api', 2000],
        ['*', 10_000],
      ]),
    });
  });

  test('one number counts for all countries', () => {
    expect(guardOf({ UNVERIFIED_MESSAGES_PER_COUNTRY_PER_DAY: '100' })?.unverifiedPerCountryPerDay).toEqual(
      new Map([['*', 100]]),
    );
  });

  test.each([
    [{ MESSAGE_PRICES_USD: 'kavenegar=0.004' }, 'MESSAGE_PRICES_USD "kavenegar" is not a channel'],
    [{ MESSAGE_PRICES_USD: 'green-api/XX=0.1' }, 'MESSAGE_PRICES_USD "green-api/XX" names no country'],
    [{ MESSAGE_PRICES_USD: 'green-api' }, 'MESSAGE_PRICES_USD "green-api" is not a price'],
    [{ MESSAGE_PRICES_USD: 'green-api=-1' }, 'MESSAGE_PRICES_USD "green-api=-1" is not a price'],
    [{ SPEND_LIMIT_USD_PER_DAY: 'much' }, 'SPEND_LIMIT_USD_PER_DAY must be US dollars'],
    [{ UNVERIFIED_MESSAGES_PER_COUNTRY_PER_DAY: 'XX=5' }, '"XX" is neither a country code'],
    [{ UNVERIFIED_MESSAGES_PER_COUNTRY_PER_DAY: '0' }, 'must be 1 at least'],
    [{ MESSAGES_PER_CHANNEL_PER_DAY: 'sms=5' }, '"sms" is neither a channel nor *'],
  ])('a mistake in %o is named', (env, message) => {
    expect(read(env).problems.join('\n')).toContain(message);
  });
});
