import fc from 'fast-check';
import type { CountryCode } from 'libphonenumber-js/max';
import { describe, expect, test } from 'vitest';
import { CHANNEL_NAMES, type ChannelName } from '../../config/names.js';
import { routeFor } from './route.js';

const routes = new Map<CountryCode | '*', ChannelName[]>([
  ['IR', ['kavenegar-verify', 'kavenegar-sms', 'melipayamak']],
  ['*', ['green-api']],
]);
const reaching = (names: readonly ChannelName[]) => names.map((name) => ({ name, serves: () => true }));
const all = reaching(CHANNEL_NAMES);

describe('the route of a phone', () => {
  test('holds the channels of its country first, then all other configured channels', () => {
    expect(routeFor('IR', routes, all)).toEqual([
      'kavenegar-verify',
      'kavenegar-sms',
      'melipayamak',
      'green-api',
      'console',
    ]);
  });

  test.each(['KZ', undefined] as const)('of %s is the route for all other countries', (country) => {
    expect(routeFor(country, routes, all)[0]).toBe('green-api');
  });

  test('leaves out channels that are not configured', () => {
    expect(routeFor('IR', routes, reaching(['melipayamak', 'green-api']))).toEqual(['melipayamak', 'green-api']);
    expect(routeFor('IR', routes, reaching(['console']))).toEqual(['console']);
    expect(routeFor('IR', routes, [])).toEqual([]);
  });

  test('without any route holds the configured channels in the order of CHANNEL_NAMES', () => {
    expect(routeFor('KZ', new Map(), reaching(['console', 'green-api']))).toEqual(['green-api', 'console']);
  });

  test.each([
    ['KZ', ['green-api', 'kavenegar-sms']],
    ['IR', ['kavenegar-sms', 'melipayamak', 'green-api']],
    [undefined, ['green-api', 'kavenegar-sms']],
  ] as const)('to %s skips channels that do not serve it', (country, expected) => {
    const configured = [
      { name: 'melipayamak', serves: (country: string | undefined) => country === 'IR' },
      ...reaching(['kavenegar-sms', 'green-api']),
    ] as const;
    expect(routeFor(country, routes, configured)).toEqual(expected);
  });

  test('of a country without one is the route for all, not that of another country', () => {
    expect(routeFor('KG', new Map([['IR', ['console']]] as const), all)[0]).toBe('green-api');
    expect(
      routeFor(
        'KG',
        new Map([
          ['IR', ['green-api']],
          ['*', ['console']],
        ] as const),
        all,
      )[0],
    ).toBe('console');
  });

  test('names each configured channel exactly once, the preferred ones first', () => {
    const channels = fc.array(fc.constantFrom(...CHANNEL_NAMES));
    fc.assert(
      fc.property(
        channels,
        channels,
        fc.uniqueArray(fc.constantFrom(...CHANNEL_NAMES)),
        (forIran, forAll, configured) => {
          const route = routeFor(
            'IR',
            new Map([
              ['IR', forIran],
              ['*', forAll],
            ] as const),
            reaching(configured),
          );
          expect(route.toSorted()).toEqual(configured.toSorted());
          const preferred = [...new Set(forIran)].filter((name) => configured.includes(name));
          expect(route.slice(0, preferred.length)).toEqual(preferred);
        },
      ),
    );
  });
});
