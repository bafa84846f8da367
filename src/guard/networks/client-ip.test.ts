import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientIp, isPrivate } from './client-ip.js';
import { networkOf } from './networks-of.js';

const anyIp = fc.oneof(fc.ipV4(), fc.ipV6());

describe('the client IP', () => {
  test('is that of the socket without trusted proxies, whatever X-Forwarded-For says', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.string(), (socket, header) => {
        expect(clientIp(socket, header, 0)).toBe(socket);
      }),
    );
  });

  test('is the one that the first trusted proxy appended, whatever the client wrote before', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            anyIp,
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

  test('is read from several X-Forwarded-For headers as from one', () => {
    expect(clientIp('10.0.0.1', ['6.6.6.6, 5.5.5.5', '9.9.9.9'], 1)).toBe('9.9.9.9');
  });

  test('is that of the socket when X-Forwarded-For is absent or empty', () => {
    for (const header of [undefined, '', ' , ']) expect(clientIp('10.0.0.1', header, 2)).toBe('10.0.0.1');
  });

  test.each([
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['::ffff:203.0.113.7:51234', '203.0.113.7'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['203.0.113.7:51234', '203.0.113.7'],
    ['2001:db8::1', '2001:db8::1'],
  ])('of %s is %s', (written, expected) => {
    expect(clientIp(written, undefined, 0)).toBe(expected);
    expect(clientIp('10.0.0.1', written, 1)).toBe(expected);
  });

  test('has at most 64 characters, and reading it never throws', () => {
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

describe('the network that limits count', () => {
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

  test('of an IPv4 address is the address itself', () => {
    fc.assert(
      fc.property(fc.ipV4(), (ip) => {
        expect(networkOf(ip)).toBe(ip);
      }),
    );
  });

  test('is the same for all addresses of an IPv6 /64, in any spelling', () => {
    fc.assert(
      fc.property(sparse, groups(4), fc.tuple(manner, manner), (parts, others, [one, other]) => {
        const neighbour = [...parts.slice(0, 4), ...others];
        expect(networkOf(spell(neighbour, other))).toBe(networkOf(spell(parts, one)));
      }),
      { numRuns: 1000 },
    );
  });

  test('differs between addresses of two IPv6 /64', () => {
    fc.assert(
      fc.property(
        sparse,
        fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 0xffff })),
        manner,
        (parts, [at, change], how) => {
          const elsewhere = parts.map((part, index) => (index === at ? part ^ change : part));
          expect(networkOf(spell(elsewhere, how))).not.toBe(networkOf(spell(parts, how)));
        },
      ),
    );
  });

  test('of ::1 and :: is 0:0:0:0::/64', () => {
    expect([networkOf('::1'), networkOf('::')]).toEqual(['0:0:0:0::/64', '0:0:0:0::/64']);
  });
});

test.each([
  ['127.0.0.1', true],
  ['10.1.2.3', true],
  ['172.17.0.1', true],
  ['192.168.0.9', true],
  ['100.64.0.1', true],
  ['::1', true],
  ['fd00::1', true],
  ['fe80::1', true],
  ['203.0.113.7', false],
  ['172.32.0.1', false],
  ['2001:db8::1', false],
  ['unknown', false],
])('isPrivate("%s") is %s', (ip, expected) => expect(isPrivate(ip)).toBe(expected));
