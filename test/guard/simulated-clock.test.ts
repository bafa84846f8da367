import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSimulatedClock } from '../../bench/simulate-week/clock.js';
import { simulateDatabaseClock } from '../../bench/simulate-week/database-clock.js';
import { createRandom } from '../../bench/simulate-week/random.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';

const START = Date.parse('2027-03-07T00:00:00Z');
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

function createClock() {
  const times: number[] = [];
  const clock = createSimulatedClock(START, {
    settle: () => new Promise((resolve) => setImmediate(resolve)),
    advance: async (now) => void times.push(now - START),
  });
  return { clock, times };
}

test('runs tasks by time, and tasks of the same time in the order in which they were added', async () => {
  const { clock } = createClock();
  const ran: string[] = [];
  for (const [ms, name] of [
    [30, 'd'],
    [10, 'a'],
    [20, 'b'],
    [20, 'c'],
  ] as const)
    clock.after(ms, () => ran.push(name));
  clock.after(15, () => ran.push('canceled'))();
  await clock.runUntil(START + 100);
  expect(ran).toEqual(['a', 'b', 'c', 'd']);
  expect(clock.now()).toBe(START + 100);
});

test('jumps from one task to the next, and tells each time before the task runs', async () => {
  const { clock, times } = createClock();
  void (async () => {
    await clock.sleep(86_400_000);
    await clock.sleep(1);
  })();
  await clock.runUntil(START + 86_400_001);
  expect(times.filter((ms) => ms >= 86_400_000)).toEqual([86_400_000, 86_400_001]);
});

test('repeated tasks run when something can have changed, and rarely otherwise', async () => {
  const { clock } = createClock();
  const ran: number[] = [];
  const stop = clock.repeat(1_000, () => void ran.push((clock.now() - START) / 1_000));
  clock.runRepeatedAfter([1_000, 7_000]);
  await clock.runUntil(START + 910_000);
  stop();
  await clock.runUntil(START + 2_700_000);
  expect(ran).toEqual([5, 10, 900]);
});

test('statements, column defaults and functions of the database follow the clock', async () => {
  const { setTime, close } = await simulateDatabaseClock(database.url);
  await setTime(START);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const read = async () => {
    const { rows } = await client.query<Record<string, Date>>('SELECT now(), clock_timestamp() AS clock');
    return Object.values(rows[0] ?? {}).map((at) => at.getTime());
  };
  expect(await read()).toEqual([START, START]);
  await setTime(START + 86_400_000);
  expect(await read()).toEqual([START + 86_400_000, START + 86_400_000]);

  const { rows } = await client.query<{ value: string }>(`
    SELECT pg_get_expr(adbin, adrelid) AS value FROM pg_attrdef
    WHERE pg_get_expr(adbin, adrelid) ~* 'CURRENT_TIMESTAMP|pg_catalog'`);
  expect(rows).toEqual([]);
  await client.query(
    `INSERT INTO audit_log (id, event, actor) VALUES ('01900000-0000-7000-8000-000000000000', 'test', 'test')`,
  );
  const { rows: written } = await client.query<{ at: Date }>('SELECT at FROM audit_log');
  expect(written[0]?.at.getTime()).toBe(START + 86_400_000);
  await client.end();
  await close();
});

test('the same seed gives the same random numbers, and a fork does not depend on those already taken', () => {
  const one = createRandom(7);
  const other = createRandom(7);
  other.next();
  expect(one.fork('people').next()).toBe(other.fork('people').next());
  expect(one.fork('people').next()).not.toBe(one.fork('attack').next());
});
