import { expect, test } from 'vitest';
import { estimatedPrice, messagePrice } from './message-price.js';

test('the price of a channel in a country comes before that of the channel, and before the default', () => {
  const prices = new Map([
    ['kavenegar-sms', 0.004],
    ['green-api/KG', 0.02],
  ]);
  expect(messagePrice('kavenegar-sms', 'IR', prices)).toBe(4_000);
  expect(messagePrice('green-api', 'KG', prices)).toBe(20_000);
  expect(messagePrice('green-api', 'KZ', prices)).toBe(0);
  expect(messagePrice('melipayamak', 'IR', prices)).toBe(5_000);
  expect(messagePrice('green-api', undefined, prices)).toBe(0);
});

// Regression: a message of Kavenegar to any country counted as one in Iran, a twentieth of its price.
test('without an entry, Kavenegar costs what it may cost at most in each country, and most where that is not known', () => {
  const none = new Map();
  for (const channel of ['kavenegar-sms', 'kavenegar-verify'] as const) {
    expect(messagePrice(channel, 'IR', none)).toBe(5_000);
    expect(messagePrice(channel, 'KZ', none)).toBe(150_000);
    expect(messagePrice(channel, 'KG', none)).toBe(150_000);
    expect(messagePrice(channel, 'SO', none)).toBe(250_000);
    expect(messagePrice(channel, undefined, none)).toBe(250_000);
  }
});

test('a default price abroad is an estimate until the operator names one', () => {
  expect(estimatedPrice('kavenegar-sms', 'KZ', new Map())).toBe(0.15);
  expect(estimatedPrice('kavenegar-sms', 'KZ', new Map([['kavenegar-verify', 0.1]]))).toBe(0.15);
  expect(estimatedPrice('kavenegar-sms', 'KZ', new Map([['kavenegar-sms/KZ', 0.1]]))).toBeUndefined();
  expect(estimatedPrice('kavenegar-sms', 'KZ', new Map([['kavenegar-sms', 0.1]]))).toBeUndefined();
  expect(estimatedPrice('kavenegar-sms', 'IR', new Map())).toBeUndefined();
  expect(estimatedPrice('green-api', 'KZ', new Map())).toBeUndefined();
});
