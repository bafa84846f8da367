import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { expect, test } from 'vitest';
import { clientIp } from './client-ip.js';
import { networkOf, networksOf } from './networks-of.js';

test.each([
  ['203.0.113.77', ['203.0.113.77', '203.0.113.0/24']],
  ['127.0.0.1', ['127.0.0.1', '127.0.0.0/24']],
  ['2001:db8:12:34ab:56::78', ['2001:db8:12:34ab::/64', '2001:db8:12:3400::/56', '2001:db8:12::/48']],
  ['2001:DB8::1', ['2001:db8:0:0::/64', '2001:db8:0:0::/56', '2001:db8:0::/48']],
  ['fe80::1%eth0', ['fe80:0:0:0::/64', 'fe80:0:0:0::/56', 'fe80:0:0::/48']],
  ['::1', ['0:0:0:0::/64', '0:0:0:0::/56', '0:0:0::/48']],
  ['unknown', ['unknown']],
  ['999.0.0.1', ['999.0.0.1']],
  ['', ['']],
])('the networks of %s are %j', (ip, networks) => {
  expect(networksOf(ip)).toEqual(networks);
});

test('an IPv4 address that a socket writes as IPv6 has the networks of the IPv4 address', () => {
  expect(networksOf(clientIp('::ffff:203.0.113.77', undefined, 0))).toEqual(networksOf('203.0.113.77'));
});

const ipv6 = fc.ipV6().map((ip) => clientIp(ip, undefined, 0));
const ip = fc.oneof(fc.ipV4(), ipv6);
const anything = fc.oneof(ip, fc.string({ maxLength: 64 }));

test('the first network of any text is that of one customer, and no network is listed twice', () => {
  fc.assert(
    fc.property(anything, (text) => {
      const networks = networksOf(text);
      expect(networks[0]).toBe(networkOf(text));
      expect(new Set(networks).size).toBe(networks.length);
    }),
  );
});

test('every network but a single address is written in CIDR notation and contains the address', () => {
  fc.assert(
    fc.property(ip, (address) => {
      for (const network of networksOf(address).filter((text) => text !== address))
        expect(ipaddr.parse(address).match(ipaddr.parseCIDR(network) as [never, number])).toBe(true);
    }),
  );
});

test('two addresses share a network exactly if their leading bits are the same', () => {
  const parts = fc.array(fc.integer({ min: 0, max: 0xff_ff }), { minLength: 8, maxLength: 8 });
  const written = (values: number[]) => new ipaddr.IPv6(values).toString();
  fc.assert(
    fc.property(parts, fc.integer({ min: 0, max: 127 }), (values, changedBit) => {
      fc.pre(!new ipaddr.IPv6(values).isIPv4MappedAddress());
      const other = [...values];
      other[changedBit >> 4] = (other[changedBit >> 4] as number) ^ (0x80_00 >> (changedBit & 15));
      const theirs = new Set(networksOf(written(other)));
      const shared = networksOf(written(values)).map((network) => theirs.has(network));
      expect(shared).toEqual([changedBit >= 64, changedBit >= 56, changedBit >= 48]);
    }),
  );
});
