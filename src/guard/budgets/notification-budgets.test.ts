import { describe, expect, test } from 'vitest';
import { NOTIFICATION_SHARES, SPEND_SHARES } from '../limits.js';
import { type NotificationPurpose, budgetsOfNotification } from './notification-budgets.js';

const CONFIG = {
  prices: new Map(),
  spendPerDay: 20,
  unverifiedPerCountryPerDay: new Map([['*', 20]] as const),
  messagesPerChannelPerDay: new Map([['green-api', 1000]] as const),
};
const MESSAGE = { phone: '+77010000002', country: 'KZ', networks: [], mayBeKnown: false } as const;
const of = (purpose: NotificationPurpose, channel: 'green-api' | 'kavenegar-sms' | 'console' = 'green-api') =>
  budgetsOfNotification({ ...MESSAGE, purpose, channel }, CONFIG);
const limitOf = (purpose: NotificationPurpose, subject: string) =>
  of(purpose).find((budget) => budget.subject === subject)?.day_cost ?? 0;

describe('the budgets of a notification', () => {
  test('are those of the destination, then its own, in the order in which every statement locks them', () => {
    const budgets = of('NEW_DEVICE');
    expect(budgets.map(({ subject }) => subject)).toEqual([
      'block:+7701000',
      'block:+770100',
      'range:+7701',
      'country:KZ',
      'channel:green-api',
      'all',
      '+77010000002 notifications NEW_DEVICE',
      'notifications NEW_DEVICE by green-api',
      'notifications NEW_DEVICE',
    ]);
    const scopes = budgets.map(({ scope }) => scope);
    expect(scopes.filter((scope) => scope !== 17)).toEqual(
      scopes.filter((scope) => scope !== 17).toSorted((one, other) => one - other),
    );
    expect(budgets.every(({ blocks, audience }) => blocks && audience === 'all')).toBe(true);
  });

  test('limit the money of a destination and never its unused codes', () => {
    const ofDestination = of('NEW_DEVICE').filter(({ uncounted }) => uncounted);
    expect(ofDestination).toHaveLength(4);
    for (const budget of of('NEW_DEVICE')) expect(budget).not.toHaveProperty('day_unverified');
    expect(ofDestination.filter(({ day_cost }) => day_cost !== undefined)).toMatchObject([
      { subject: 'block:+7701000', day_cost: 2_000_000 },
      { subject: 'range:+7701', day_cost: 9_000_000 },
      { subject: 'country:KZ', day_cost: 16_000_000 },
    ]);
  });

  test('leave the money of all to codes, and a part of the messages of a channel', () => {
    expect(limitOf('NEW_DEVICE', 'all')).toBe(18_000_000);
    expect(limitOf('NEW_DEVICE', 'notifications NEW_DEVICE')).toBe(4_000_000);
    expect(of('NEW_DEVICE').find(({ rule }) => rule === 'channel')).toMatchObject({ day_sends: 90_000 });
    expect(of('NEW_DEVICE').find(({ subject }) => subject.endsWith('by green-api'))).toMatchObject({
      day_sends: 20_000,
    });
    const own = Object.values(NOTIFICATION_SHARES).reduce((sum, shares) => sum + shares.own, 0);
    expect(own).toBeLessThanOrEqual(SPEND_SHARES.all - 0.5);
    for (const { all } of Object.values(NOTIFICATION_SHARES)) {
      expect(all).toBeLessThan(1);
      expect(all).toBeGreaterThan(SPEND_SHARES.all);
    }
  });

  test('about a changed phone are larger wherever they are shared, so that messages about sign-ins cannot silence them', () => {
    for (const subject of ['block:+7701000', 'range:+7701', 'country:KZ', 'channel:green-api', 'all'])
      expect(limitOf('PHONE_CHANGED', subject), subject).toBeGreaterThan(limitOf('NEW_DEVICE', subject));
    const own = (purpose: NotificationPurpose) =>
      of(purpose).flatMap(({ rule, subject }) => (rule === 'notifications' ? [subject] : []));
    expect(own('PHONE_CHANGED').filter((subject) => own('NEW_DEVICE').includes(subject))).toEqual([]);
  });

  test('by the console channel are those of the phone: it costs nothing', () => {
    expect(of('NEW_DEVICE', 'console').map(({ subject }) => subject)).toEqual([
      '+77010000002 notifications NEW_DEVICE',
    ]);
  });
});
