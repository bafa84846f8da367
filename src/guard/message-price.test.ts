import { expect, test } from 'vitest';
import { messagePrice } from './message-price.js';

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
