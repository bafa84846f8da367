import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHANNEL_NAMES } from '../config/names.js';
import { type GuardConfig, SHOWN_DEVICE, budgetsOf, budgetsOfFailover, budgetsOfNotification } from './budgets-of.js';

const CONFIG: GuardConfig = {
  prices: new Map(),
  spendPerDay: 20,
  unverifiedPerCountryPerDay: new Map([
    ['*', 20],
    ['KZ', 500],
  ]),
  messagesPerChannelPerDay: new Map([['green-api', 1000]]),
};
const MESSAGE = { phone: '+77010000002', country: 'KZ', channel: 'green-api', ip: '203.0.113.7' } as const;
const subjects = (budgets: { subject: string }[]) => budgets.map(({ subject }) => subject);
const limitsOf = (subject: string, message: Parameters<typeof budgetsOf>[0] = MESSAGE) =>
  budgetsOf(message, CONFIG).find((of) => of.subject === subject);

describe('the budgets of a message', () => {
  test('are those of the phone, the networks and the destination, from the narrowest to the widest', () => {
    expect(subjects(budgetsOf(MESSAGE, CONFIG))).toEqual([
      '+77010000002',
      '203.0.113.7',
      '203.0.113.0/24',
      'block:+7701000',
      'range:+7701',
      'country:KZ',
      'channel:green-api',
      'all',
    ]);
  });

  test('refuse requests of a phone or a network, and block messages to a destination', () => {
    const refusing = budgetsOf(MESSAGE, CONFIG).filter(({ blocks }) => !blocks);
    expect(subjects(refusing)).toEqual(['+77010000002', '203.0.113.7', '203.0.113.0/24']);
  });

  test('have the limits of the operator by country and by channel', () => {
    expect(limitsOf('country:KZ')).toMatchObject({ hour_unverified: 250, day_unverified: 500 });
    expect(limitsOf('country:IR', { ...MESSAGE, country: 'IR' })).toMatchObject({
      hour_unverified: 10,
      day_unverified: 20,
    });
    expect(limitsOf('channel:green-api')).toMatchObject({
      hour_sends: 25_000,
      day_sends: 100_000,
      day_cost: 20_000_000,
    });
  });

  test('keep a fifth of the money for known devices', () => {
    const device = SHOWN_DEVICE;
    const ofAll = budgetsOf({ ...MESSAGE, device }, CONFIG).filter(({ subject }) => subject === 'all');
    expect(ofAll).toMatchObject([
      { audience: 'stranger', day_cost: 16_000_000 },
      { audience: 'known', day_cost: 20_000_000 },
    ]);
  });

  test('of the console channel are only those of the client and the phone: it costs nothing', () => {
    expect(subjects(budgetsOf({ ...MESSAGE, channel: 'console' }, CONFIG))).toEqual([
      '+77010000002',
      '203.0.113.7',
      '203.0.113.0/24',
    ]);
  });

  test('of a failover limit only the destination, and those of a notification do not name the client', () => {
    const budgets = budgetsOf({ ...MESSAGE, device: 'device:x' }, CONFIG);
    const failover = budgetsOfFailover(budgets);
    expect(subjects(failover)).toEqual(subjects(budgetsOf(MESSAGE, CONFIG)));
    expect(failover[0]).not.toHaveProperty('hour_sends');
    expect(subjects(budgetsOfNotification(budgets))[0]).toBe('block:+7701000');
  });

  test('are listed in the order in which every statement locks them, each once for an audience', () => {
    const message = fc.record({
      phone: fc.stringMatching(/^\+[1-9]\d{7,14}$/),
      country: fc.constantFrom('KZ', 'KG', 'IR', undefined),
      channel: fc.constantFrom(...CHANNEL_NAMES),
      ip: fc.option(fc.oneof(fc.ipV4(), fc.ipV6()), { nil: undefined }),
      device: fc.constantFrom(undefined, 'device:x'),
    });
    fc.assert(
      fc.property(message, (of) => {
        const budgets = budgetsOf(of, CONFIG);
        for (const audience of ['known', 'stranger']) {
          const heard = budgets.filter((budget) => budget.audience === 'all' || budget.audience === audience);
          expect(new Set(subjects(heard)).size).toBe(heard.length);
          expect(new Set(heard.map(({ scope }) => scope)).size).toBe(heard.length);
        }
        for (const limit of budgets.flatMap((budget) => Object.values(budget)))
          if (typeof limit === 'number') expect(limit).toBeGreaterThan(0);
      }),
    );
  });
});
