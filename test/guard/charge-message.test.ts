import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectDatabase, type Database } from '../../src/db/database.js';
import { createChargeMessage } from '../../src/guard/budgets/charge-message.js';
import type { GuardEvent } from '../../src/guard/events/guard-event.js';
import { SILENT } from '../sessions/gateway-key.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { whileBudgetIsHeld } from '../support/hold-budget.js';
import { insertSendBudget } from '../support/rows.js';

let database: TestDatabase;
let pool: Database;

beforeAll(async () => {
  database = await createDatabase();
  pool = connectDatabase(database.url, SILENT);
});
afterAll(async () => {
  await pool.close();
  await database.drop();
});

test('of fifty notifications at once, those that a concurrent one leaves nothing are not sent, and each is a guard event', async () => {
  await insertSendBudget(database, 'channel:kavenegar-sms', { hourSends: 27, daySends: 27 });
  const events: GuardEvent[] = [];
  const chargeMessage = createChargeMessage({
    config: {
      production: true,
      guard: {
        prices: new Map(),
        spendPerDay: 1_000,
        unverifiedPerCountryPerDay: new Map([['*', 1_000]]),
        messagesPerChannelPerDay: new Map([['*', 120]]),
      },
    },
    database: pool,
    guardEvents: { record: (event) => void events.push(event), flush: async () => {}, close: async () => {} },
  });
  // Each to a phone of its own, because a phone gets few.
  const phones = Array.from({ length: 50 }, (_, index) => `+98912000${1000 + index}`);
  const notify = (phone: string) =>
    chargeMessage({
      occasion: 'PHONE_CHANGED',
      attemptId: null,
      clientIp: null,
      decoy: false,
      phone,
      country: 'IR',
      channel: 'kavenegar-sms',
    });
  const verdicts = await whileBudgetIsHeld(
    { databaseUrl: database.url, subject: 'channel:kavenegar-sms', waiting: 5 },
    () => Promise.all(phones.map(notify)),
  );
  const blocked = verdicts.filter(({ blockedBy }) => blockedBy !== undefined);
  expect(blocked).toHaveLength(48);
  expect(events).toHaveLength(48);
  expect(events.some(({ rule }) => rule === 'concurrent')).toBe(true);
  // Nothing was passed to a provider, so what a lost race charged is given back as a whole.
  expect(await database.query(`SELECT hour_sends, day_sends FROM budgets WHERE subject = 'all'`)).toEqual([
    { hour_sends: 200, day_sends: 200 },
  ]);
  expect(events.every((event) => event.action === 'blocked' && phones.includes(event.phone ?? ''))).toBe(true);
});
