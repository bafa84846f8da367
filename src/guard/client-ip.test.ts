import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { networkOf, clientIp, isLoopback } from './client-ip.js';

const address = fc.oneof(fc.ipV4(), fc.ipV6());

describe('the address of a client', () => {
  test("is the socket's while no proxy is declared, whatever the header says", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.string(), (socket, header) => {
        expect(clientIp(socket, header, 0)).toBe(socket);
      }),
    );
  });

  test('is the one that the declared proxies saw, whatever the client wrote before', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            address,
            fc.string().map((text) => text.replaceAll(',', '')),
          ),
        ),
        fc.array(fc.ipV4(), { minLength: 1, maxLength: 4 }),
        fc.constantFrom(',', ', ', ' , '),
        (forged, appended, comma) => {
          const header = [...forged, ...appended].join(comma);
          expect(clientIp('10.0.0.1', header, appended.length)).toBe(appended[0]);
        },
      ),
    );
  });

  test('is read from several headers as from one', () => {
    expect(clientIp('10.0.0.1', ['6.6.6.6, 5.5.5.5', '9.9.9.9'], 1)).toBe('9.9.9.9');
  });

  test('is the socket when no proxy has said anything', () => {
    for (const header of [undefined, '', ' , ']) expect(clientIp('10.0.0.1', header, 2)).toBe('10.0.0.1');
  });

  test.each([
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:51234', '203.0.113.7'],
    ['2001:db8::1', '2001:db8::1'],
  ])('%s is %s', (written, expected) => {
    expect(clientIp(written, undefined, 0)).toBe(expected);
    expect(clientIp('10.0.0.1', written, 1)).toBe(expected);
  });

  test('never throws, and is never long', () => {
    fc.assert(
      fc.property(
        fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
        fc.string({ maxLength: 5000 }),
        fc.nat(10),
        (socket, header, hops) => {
          const found = clientIp(socket, header, hops);
          expect(found.length).toBeLessThanOrEqual(64);
          expect(() => networkOf(found)).not.toThrow();
        },
      ),
    );
  });
});

describe('what a limit counts', () => {
  const group = fc.integer({ min: 0, max: 0xffff });
  const groups = (length: number) => fc.array(group, { minLength: length, maxLength: length });

  /** One of the spellings of an IPv6 address (RFC 4291, section 2.2). */
  function spell(parts: number[], { capitals, zeros, short }: { capitals: boolean; zeros: boolean; short: boolean }) {
    const words = parts.map((part) => part.toString(16).padStart(zeros ? 4 : 1, '0'));
    const text = words.join(':');
    // The longest run of zeros, in its short form.
    const run = text.match(/(?:^|:)(?:0+(?::|$)){2,}/g)?.toSorted((a, b) => b.length - a.length)[0];
    const shortened = short && run !== undefined ? text.replace(run, '::') : text;
    return capitals ? shortened.toUpperCase() : shortened;
  }
  const manner = fc.record({ capitals: fc.boolean(), zeros: fc.boolean(), short: fc.boolean() });
  const sparse = groups(8).chain((parts) =>
    fc.array(fc.nat(7)).map((places) => parts.map((part, index) => (places.includes(index) ? 0 : part))),
  );

  test('an IPv4 address is itself', () => {
    fc.assert(
      fc.property(fc.ipV4(), (ip) => {
        expect(networkOf(ip)).toBe(ip);
      }),
    );
  });

  test('all addresses of one IPv6 /64 are one, in any spelling', () => {
    fc.assert(
      fc.property(sparse, groups(4), manner, manner, (parts, others, one, other) => {
        const neighbour = [...parts.slice(0, 4), ...others];
        expect(networkOf(spell(neighbour, other))).toBe(networkOf(spell(parts, one)));
      }),
      { numRuns: 1000 },
    );
  });

  test('addresses of two IPv6 networks are two', () => {
    fc.assert(
      fc.property(sparse, fc.nat(3), fc.integer({ min: 1, max: 0xffff }), manner, (parts, place, change, how) => {
        const elsewhere = parts.map((part, index) => (index === place ? part ^ change : part));
        expect(networkOf(spell(elsewhere, how))).not.toBe(networkOf(spell(parts, how)));
      }),
    );
  });

  test('::1 and :: are in a network of their own', () => {
    expect([networkOf('::1'), networkOf('::')]).toEqual(['0:0:0:0::/64', '0:0:0:0::/64']);
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.8.8.8', true],
  ['::1', true],
  ['10.0.0.1', false],
  ['1.127.0.0', false],
  ['::2', false],
  ['', false],
])('"%s" is this machine: %s', (ip, local) => expect(isLoopback(ip)).toBe(local));
