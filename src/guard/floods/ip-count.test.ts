import { expect, test } from 'vitest';
import { createIpCount } from './ip-count.js';

test('an IP may open as many connections as the limit, and another one after closing one', () => {
  const ips = createIpCount(2, { production: true });
  const release = ips.acquire('203.0.113.7');
  expect(release).toBeDefined();
  expect(ips.acquire('203.0.113.7')).toBeDefined();
  expect(ips.acquire('203.0.113.7')).toBeUndefined();
  expect(ips.acquire('203.0.113.8')).toBeDefined();
  release?.();
  expect(ips.acquire('203.0.113.7')).toBeDefined();
});

test('all addresses of an IPv6 /64 share one limit', () => {
  const ips = createIpCount(1, { production: true });
  expect(ips.acquire('2001:db8:1:2::1')).toBeDefined();
  expect(ips.acquire('2001:db8:1:2::2')).toBeUndefined();
  expect(ips.acquire('2001:db8:1:3::1')).toBeDefined();
});

test('the same machine has no limit in development, and the same limit as others in production', () => {
  const development = createIpCount(1, { production: false });
  for (let client = 0; client < 5; client += 1) expect(development.acquire('127.0.0.1')).toBeDefined();
  const production = createIpCount(1, { production: true });
  for (const ip of ['127.0.0.1', '::1']) {
    expect(production.acquire(ip)).toBeDefined();
    expect(production.acquire(ip)).toBeUndefined();
  }
});

test.each([
  ['/56', 3, 0],
  ['/48', 10, 8],
])('the networks of one %s of IPv6 share a limit of %i times as many', (_, share, shift) => {
  const count = createIpCount(2, { production: true });
  const ip = (network: number, site = 1) => `2001:db8:${site}:${(network << shift).toString(16)}::1`;
  const leaves = Array.from({ length: 2 * share }, (_none, index) => count.acquire(ip(index)));
  expect(leaves).not.toContain(undefined);
  expect(count.acquire(ip(20))).toBeUndefined();
  expect(count.acquire(ip(20, 2))).toBeDefined();
  leaves[0]?.();
  expect(count.acquire(ip(20))).toBeDefined();
  expect(count.acquire(ip(21))).toBeUndefined();
});
