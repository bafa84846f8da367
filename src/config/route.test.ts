import fc from 'fast-check';
import type { CountryCode } from 'libphonenumber-js/max';
import { describe, expect, test } from 'vitest';
import { CHANNEL_NAMES } from '../delivery/channels/channel-list.js';
import type { ChannelName } from '../delivery/channels/channel.js';
import { routeFor } from './route.js';

const routes = new Map<CountryCode | '*', ChannelName[]>([
  ['IR', ['kavenegar-verify', 'kavenegar-sms', 'melipayamak']],
  ['*', ['green-api']],
]);
const reaching = (names: readonly ChannelName[]) => names.map((name) => ({ name, serves: () => true }));
const all = reaching(CHANNEL_NAMES);

describe('the route of a phone', () => {
  test('holds the channels that are named for its country, and no other configured channel', () => {
    expect(routeFor('IR', routes, all)).toEqual(['kavenegar-verify', 'kavenegar-sms', 'melipayamak']);
    expect(routeFor('KZ', routes, all)).toEqual(['green-api']);
  });

  test.each(['KZ', undefined] as const)('of %s is the route for all other countries', (country) => {
    expect(routeFor(country, routes, all)[0]).toBe('green-api');
  });

  test('leaves out channels that are not configured', () => {
    expect(routeFor('IR', routes, reaching(['melipayamak', 'green-api']))).toEqual(['melipayamak']);
    expect(routeFor('KZ', routes, reaching(['kavenegar-sms']))).toEqual([]);
    expect(routeFor('IR', routes, [])).toEqual([]);
  });

  test('is empty for a country that no route names', () => {
    expect(routeFor('KZ', new Map([['IR', ['green-api']]] as const), reaching(['green-api']))).toEqual([]);
  });

  test('falls back to the console, which exists in development only, where no channel of it can be used', () => {
    expect(routeFor('IR', routes, reaching(['console']))).toEqual(['console']);
    expect(routeFor('KZ', new Map(), reaching(['console', 'green-api']))).toEqual(['console']);
    expect(routeFor('KZ', routes, reaching(['console', 'green-api']))).toEqual(['green-api']);
    expect(routeFor('KZ', new Map([['KZ', ['green-api', 'console']]] as const), all)).toEqual(['green-api', 'console']);
  });

  test.each([
    ['KZ', ['green-api', 'kavenegar-sms']],
    ['IR', ['melipayamak', 'green-api', 'kavenegar-sms']],
    [undefined, ['green-api', 'kavenegar-sms']],
  ] as const)('to %s skips channels that do not serve it', (country, expected) => {
    const configured = [
      { name: 'melipayamak', serves: (country: string | undefined) => country === 'IR' },
      ...reaching(['kavenegar-sms', 'green-api']),
    ] as const;
    const one = new Map([['*', ['melipayamak', 'green-api', 'kavenegar-sms']]] as const);
    expect(routeFor(country, one, configured)).toEqual(expected);
  });

  test('of a country without one is the route for all, not that of another country', () => {
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

  test('holds each configured channel that it names exactly once, in that order, and nothing else', () => {
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
          const named = [...new Set(forIran)].filter((name) => configured.includes(name));
          const fallback = configured.includes('console') ? ['console'] : [];
          expect(route).toEqual(named.length === 0 ? fallback : named);
        },
      ),
    );
  });
});
