import { expect, test } from 'vitest';
import { shortenIp } from './shorten-ip.js';

test.each([
  ['203.0.113.77', '203.0.113.0/24'],
  ['127.0.0.1', '127.0.0.0/24'],
  ['2001:db8:12:34:56::78', '2001:db8:12::/48'],
  ['::1', '0:0:0::/48'],
  ['unknown', null],
  ['', null],
])('shortens %s to %s', (ip, shortened) => {
  expect(shortenIp(ip)).toBe(shortened);
});
