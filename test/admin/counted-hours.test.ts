import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SendStatistic, readStatistics } from '../../src/admin/read-statistics.js';
import { type Database, connectDatabase } from '../../src/db/database.js';
import { createReceiveReceipt } from '../../src/delivery/log/receipts.js';
import { countHours } from '../../src/delivery/statistics/count-hours.js';
import { createAudit } from '../../src/events/audit.js';
import { SILENT } from '../sessions/gateway-key.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { type NewDelivery, insertAttempt, insertDeliveries } from '../support/rows.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const signal = new AbortController().signal;

let database: TestDatabase;
let connected: Database;
beforeAll(async () => {
  database = await createDatabase();
  connected = connectDatabase(database.url, SILENT);
});
afterAll(async () => {
  await connected.close();
  await database.drop();
});

/** Each use has a day of its own, before those that are counted. */
let days = 1;
const nextDay = () => Math.floor(Date.now() / DAY - (days += 1)) * DAY;
const deps = () => ({ database: connected });
const read = (since: number, until: number, filter: object = {}) =>
  readStatistics({ since: new Date(since), until: new Date(until), ...filter }, deps());
const count = () => countHours({ signal }, deps());
const countedGroups = (hour: number) =>
  database.query<{ groups: object[] | null; changed_at: Date | null }>(
    'SELECT groups, changed_at FROM send_statistics WHERE hour = $1',
    [new Date(hour)],
  );

const messages = fc.record({
  at: fc.integer({ min: 0, max: 3 * HOUR }),
  after: fc.option(fc.integer({ min: 1, max: 9 })),
  channel: fc.constantFrom('green-api', 'kavenegar-sms'),
  country: fc.constantFrom('KZ', 'IR', null),
  status: fc.constantFrom('DELIVERED', 'FAILED', 'UNDELIVERED', 'SENT', 'QUEUED'),
  failure: fc.constantFrom('timeout', 'rejected', null),
  cost: fc.constantFrom(5, null),
  attempt: fc.constantFrom('CLAIMED', 'EXPIRED', null),
});

test('a report is the same before and after its hours are counted, also for a part of an hour', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(messages, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 0, max: HOUR }),
      async (some, cut) => {
        const midnight = nextDay();
        const attempts = new Map<string, string>();
        const rows: Partial<NewDelivery>[] = [];
        for (const { at, after, attempt, ...message } of some) {
          if (attempt !== null && !attempts.has(attempt))
            attempts.set(attempt, await insertAttempt(database, { status: attempt, createdAt: new Date(midnight) }));
          const createdAt = new Date(midnight + at);
          const deliveredAt = after === null ? null : new Date(midnight + at + after * 1_000);
          rows.push({ ...message, attemptId: attempts.get(attempt ?? '') ?? null, createdAt, deliveredAt });
        }
        await insertDeliveries(database, rows);
        const reports = () =>
          Promise.all([
            read(midnight, midnight + DAY),
            read(midnight + cut, midnight + 3 * HOUR - cut),
            read(midnight, midnight + DAY, { country: 'IR', channel: 'green-api' }),
          ]);
        const before = await reports();
        await count();
        const hour = Math.floor((some[0]?.at ?? 0) / HOUR) * HOUR;
        expect(await countedGroups(midnight + hour)).toMatchObject([{ groups: expect.any(Array) }]);
        expect(await reports()).toEqual(before);
      },
    ),
    { numRuns: 12 },
  );
});

async function insertOld(providerIds: string[], midnight: number): Promise<void> {
  await insertDeliveries(
    database,
    providerIds.map((providerId) => ({
      providerId,
      channel: 'green-api',
      country: 'KZ',
      status: 'SENT',
      createdAt: new Date(midnight),
      deliveredAt: null,
    })),
  );
}
async function receive(providerId: string): Promise<void> {
  const audit = createAudit({ ...deps(), log: SILENT });
  await createReceiveReceipt({ ...deps(), audit })({ channels: ['green-api'], providerId, status: 'DELIVERED' });
  await audit.close();
}
/** As if the late receipts had come an hour ago. */
const waitAnHour = () =>
  database.query(`UPDATE send_statistics SET changed_at = changed_at - interval '61 minutes'`, []);
const delivered = ([statistic]: SendStatistic[]) => statistic?.delivered;

test('a receipt that comes after its hour was counted is counted an hour later', async () => {
  const midnight = nextDay();
  await insertOld(['late-1', 'late-2'], midnight);
  await count();
  await receive('late-1');
  await count();
  expect(delivered(await read(midnight, midnight + DAY))).toBe(0);
  await waitAnHour();
  await count();
  expect(delivered(await read(midnight, midnight + DAY))).toBe(1);
  expect(await countedGroups(midnight)).toMatchObject([{ changed_at: null }]);
});

test('of fifty receipts that come while their hour is counted, none is missed', async () => {
  const midnight = nextDay();
  const ids = Array.from({ length: 50 }, (_, index) => `racer-${index}`);
  await insertOld(ids, midnight);
  await Promise.all([count(), ...ids.map(receive), count(), count()]);
  await waitAnHour();
  await count();
  expect(delivered(await read(midnight, midnight + DAY))).toBe(50);
});

test('a report adds up whole days that are counted, and none of which an hour has changed since', async () => {
  const midnight = nextDay();
  await insertOld(['day-1', 'day-2'], midnight);
  await count();
  const sums = () =>
    database.query<{ groups: { sent: number; delivered: number }[] }>(
      'SELECT groups FROM send_statistics_days WHERE day = $1',
      [new Date(midnight)],
    );
  expect(await sums()).toMatchObject([{ groups: [{ sent: 2, delivered: 0 }] }]);
  await database.query(`UPDATE send_statistics_days SET groups = '[]' WHERE day = $1`, [new Date(midnight)]);
  expect(await read(midnight, midnight + DAY)).toEqual([]);
  expect(await read(midnight, midnight + 2 * HOUR)).toMatchObject([{ sent: 2 }]);
  await receive('day-1');
  expect(await read(midnight, midnight + DAY)).toMatchObject([{ sent: 2, delivered: 0 }]);
  await count();
  expect(await sums()).toEqual([{ groups: [] }]);
  await waitAnHour();
  await count();
  expect(await sums()).toMatchObject([{ groups: [{ sent: 2, delivered: 1 }] }]);
  expect(delivered(await read(midnight, midnight + DAY))).toBe(1);
});

test('an hour is counted only three hours after its end, and counts of more than two years are deleted', async () => {
  await database.query(`INSERT INTO send_statistics (hour, groups) VALUES (now() - interval '731 days', '[]')`, []);
  await database.query(
    `INSERT INTO send_statistics_days (day, groups, changes) VALUES (now() - interval '731 days', '[]', 0)`,
    [],
  );
  await count();
  expect(await database.query(`SELECT FROM send_statistics_days WHERE day < now() - interval '730 days'`, [])).toEqual(
    [],
  );
  const [row] = await database.query<{ latest: boolean; old: number }>(
    `SELECT max(hour) + interval '1 hour' <= now() - interval '3 hours' AS latest, count(*) FILTER (WHERE hour < now() - interval '730 days')::int AS old
     FROM send_statistics`,
    [],
  );
  expect(row).toEqual({ latest: true, old: 0 });
});
