import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHANNEL_NAMES } from '../../delivery/channels/channel-list.js';
import { budgetsOf, budgetsOfFailover } from './budgets-of.js';
import { type GuardConfig } from './planned-message.js';
import { networksOf } from '../networks/networks-of.js';

const CONFIG: GuardConfig = {
  prices: new Map(),
  spendPerDay: 20,
  unverifiedPerCountryPerDay: new Map([
    ['*', 20],
    ['KZ', 500],
  ]),
  messagesPerChannelPerDay: new Map([['green-api', 1000]]),
};
const MESSAGE = {
  phone: '+77010000002',
  country: 'KZ',
  channel: 'green-api',
  networks: networksOf('203.0.113.7'),
  mayBeKnown: false,
} as const;
const subjects = (budgets: { subject: string }[]) => budgets.map(({ subject }) => subject);
const limitsOf = (subject: string, message: Parameters<typeof budgetsOf>[0] = MESSAGE) =>
  budgetsOf(message, CONFIG).find((of) => of.subject === subject);

describe('the budgets of a message', () => {
  test('are those of the phone, the networks and the destination, from the narrowest to the widest', () => {
    expect(subjects(budgetsOf(MESSAGE, CONFIG))).toEqual([
      '+77010000002',
      '+77010000002 from 203.0.113.0/24',
      '203.0.113.7',
      '203.0.113.0/24',
      'block:+7701000',
      'block:+770100',
      'range:+7701',
      'country:KZ',
      'users:KZ',
      'channel:green-api',
      'all',
    ]);
  });

  test('refuse requests of a phone or a network, and block messages to a destination', () => {
    const refusing = budgetsOf(MESSAGE, CONFIG).filter(({ blocks }) => !blocks);
    expect(subjects(refusing)).toEqual([
      '+77010000002',
      '+77010000002 from 203.0.113.0/24',
      '203.0.113.7',
      '203.0.113.0/24',
    ]);
  });

  test('have the limits of the operator by country', () => {
    const byDearChannel = { ...MESSAGE, channel: 'kavenegar-sms' } as const;
    expect(limitsOf('country:KZ', byDearChannel)).toMatchObject({ hour_unverified: 250, day_unverified: 500 });
    expect(limitsOf('country:TR', { ...byDearChannel, country: 'TR' })).toMatchObject({
      hour_unverified: 10,
      day_unverified: 20,
    });
  });

  test.each([
    ['0.15', 1],
    ['0.006', 1],
    ['0.005', 20],
    ['0', 20],
  ])(
    'let new phones of a country and of a range leave %s dollars a message unused %s times as often',
    (price, times) => {
      const config = { ...CONFIG, prices: new Map([['green-api', Number(price)]]) };
      const of = (subject: string) => budgetsOf(MESSAGE, config).find((budget) => budget.subject === subject);
      const limits = { hour_unverified: 250 * times, day_unverified: 500 * times, growth: times };
      expect(of('country:KZ')).toMatchObject(limits);
      expect(of('range:+7701')).toMatchObject(limits);
      // Attackers rent numbers in blocks, however cheap a message is.
      expect(of('block:+770100')).toMatchObject({ hour_unverified: 125, day_unverified: 250 });
      expect(of('users:KZ')).toMatchObject({ hour_unverified: 3750, day_unverified: 7500 });
    },
  );

  test.each([
    ['0.15', 20, 900_000],
    ['0.15', 100, 1_000_000],
    ['0.005', 20, 200_000],
    ['0', 0, 1],
  ])(
    'of a message of %s dollars, with %s a day for all, limit the known devices of a phone',
    (price, perDay, limit) => {
      const config = { ...CONFIG, spendPerDay: perDay, prices: new Map([['green-api', Number(price)]]) };
      const [own] = budgetsOf({ ...MESSAGE, mayBeKnown: true }, config);
      expect(own).toMatchObject({ rule: 'device', blocks: false, day_cost: limit });
      // A message that follows one for nothing is blocked by it.
      const [failover] = budgetsOfFailover([own as NonNullable<typeof own>]);
      expect(failover).toMatchObject({ rule: 'device', blocks: true, day_cost: limit });
      expect(failover).not.toHaveProperty('day_sends');
    },
  );

  test('are other ones for the phones of users: of the country only, and fifteen times as large', () => {
    const of = (audience: string) => budgetsOf(MESSAGE, CONFIG).filter((budget) => budget.audience === audience);
    expect(of('user')).toMatchObject([
      { subject: 'users:KZ', hour_unverified: 3750, day_unverified: 7500, growth: 15 },
    ]);
    expect(subjects(of('new'))).toEqual(['block:+7701000', 'block:+770100', 'range:+7701', 'country:KZ']);
  });

  test('keep a fifth of the money, and of the messages of a channel, for known devices', () => {
    const of = (wanted: string) =>
      budgetsOf({ ...MESSAGE, mayBeKnown: true }, CONFIG).filter(({ subject }) => subject === wanted);
    expect(of('all')).toMatchObject([
      { audience: 'stranger', day_cost: 16_000_000 },
      { audience: 'known', day_cost: 20_000_000 },
    ]);
    expect(of('channel:green-api')).toMatchObject([
      { audience: 'stranger', hour_sends: 20_000, day_sends: 80_000, day_cost: 16_000_000 },
      { audience: 'known', hour_sends: 25_000, day_sends: 100_000, day_cost: 20_000_000 },
    ]);
  });

  test('limit the money of known devices for each destination, to more than that of strangers', () => {
    const all = budgetsOf({ ...MESSAGE, mayBeKnown: true }, CONFIG);
    for (const { audience, subject, day_cost, hour_cost } of all.filter((of) => of.audience === 'known')) {
      if (day_cost === undefined || hour_cost === undefined) continue; // of the known devices of the phone
      const strangers = all.find((of) => of.subject === subject && of.audience !== audience);
      expect(day_cost).toBeGreaterThan(strangers?.day_cost ?? Infinity);
      expect(hour_cost).toBeGreaterThan(strangers?.hour_cost ?? Infinity);
    }
    const limited = all.filter((of) => of.audience === 'known' && of.day_cost !== undefined);
    expect(subjects(limited)).toEqual([
      'device',
      'block:+7701000',
      'range:+7701',
      'country:KZ',
      'channel:green-api',
      'all',
    ]);
  });

  test('of the console channel are only those of the client and the phone: it costs nothing', () => {
    expect(subjects(budgetsOf({ ...MESSAGE, channel: 'console' }, CONFIG))).toEqual([
      '+77010000002',
      '+77010000002 from 203.0.113.0/24',
      '203.0.113.7',
      '203.0.113.0/24',
    ]);
  });

  test('of a failover limit only the destination, and the money of known devices', () => {
    const budgets = budgetsOf({ ...MESSAGE, mayBeKnown: true }, CONFIG);
    const failover = budgetsOfFailover(budgets);
    expect(subjects(failover)).toEqual(subjects(budgets));
    for (const { blocks, ...of } of failover) if (!blocks) expect(of).not.toHaveProperty('hour_sends');
    const uncounted = (list: typeof budgets) => list.map((of) => of.uncounted);
    expect(uncounted(failover)).toEqual(uncounted(budgets));
    expect(uncounted(failover)).toContain(true);
  });

  test('are listed in the order in which every statement locks them, each once for an audience', () => {
    const message = fc.record({
      phone: fc.stringMatching(/^\+[1-9]\d{7,14}$/),
      country: fc.constantFrom('KZ', 'KG', 'IR', undefined),
      channel: fc.constantFrom(...CHANNEL_NAMES),
      networks: fc.option(fc.oneof(fc.ipV4(), fc.ipV6()).map(networksOf), { nil: [] }),
      mayBeKnown: fc.boolean(),
    });
    fc.assert(
      fc.property(message, (of) => {
        const budgets = budgetsOf(of, CONFIG);
        for (const audiences of [['known'], ['stranger', 'user'], ['stranger', 'new']]) {
          const heard = budgets.filter(({ audience }) => audience === 'all' || audiences.includes(audience));
          expect(new Set(subjects(heard)).size).toBe(heard.length);
          expect(new Set(heard.map(({ scope }) => scope)).size).toBe(heard.length);
        }
        for (const limit of budgets.flatMap((budget) => Object.values(budget)))
          if (typeof limit === 'number') expect(limit).toBeGreaterThan(0);
      }),
    );
  });
});
