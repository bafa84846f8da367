import { expect, test } from 'vitest';
import { createIpCount } from './ip-count.js';

test('an address holds its full number of places and no more, and gets back what it gives back', () => {
  const places = createIpCount(2);
  const leave = places.acquire('203.0.113.7');
  expect(leave).toBeDefined();
  expect(places.acquire('203.0.113.7')).toBeDefined();
  expect(places.acquire('203.0.113.7')).toBeUndefined();
  expect(places.acquire('203.0.113.8')).toBeDefined();
  leave?.();
  expect(places.acquire('203.0.113.7')).toBeDefined();
});

test('an IPv6 customer is one client, however many addresses the customer uses', () => {
  const places = createIpCount(1);
  expect(places.acquire('2001:db8:1:2::1')).toBeDefined();
  expect(places.acquire('2001:db8:1:2::2')).toBeUndefined();
  expect(places.acquire('2001:db8:1:3::1')).toBeDefined();
});

test('this machine is not counted', () => {
  const places = createIpCount(1);
  for (let client = 0; client < 5; client += 1) expect(places.acquire('127.0.0.1')).toBeDefined();
});
