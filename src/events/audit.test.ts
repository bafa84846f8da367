import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Database } from '../db/database.js';
import { createLog } from '../log.js';
import { type Audit, createAudit } from './audit.js';

/** A table that can be out of reach, or slow. */
function createTable() {
  const rows = new Map<string, Record<string, unknown>>();
  const batches: number[] = [];
  const table = {
    rows,
    batches,
    failing: false,
    /** The answer to a write that was done gets lost. */
    mute: false,
    /** An event that no column takes. */
    poison: '',
    wait: Promise.resolve(),
    events: () => [...rows.values()].map(({ event }) => event),
    database: {
      async query(_: unknown, values: unknown[][]) {
        await table.wait;
        if (table.failing) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
        const [
          ids = [],
          at = [],
          event = [],
          actor = [],
          user = [],
          attempt = [],
          session = [],
          phone = [],
          ip = [],
          details = [],
        ] = values;
        if (event.includes(table.poison))
          throw Object.assign(new Error('invalid input syntax for type uuid'), { code: '22P02' });
        batches.push(ids.length);
        for (const [index, id] of ids.entries())
          if (!rows.has(String(id)))
            rows.set(String(id), {
              at: at[index],
              event: event[index],
              actor: actor[index],
              user: user[index],
              attempt: attempt[index],
              session: session[index],
              phone: phone[index],
              ip: ip[index],
              details: details[index],
            });
        if (table.mute) throw Object.assign(new Error('the answer was lost'), { code: 'ECONNRESET' });

        return [];
      },
    } as unknown as Database,
  };
  return table;
}

let table: ReturnType<typeof createTable>;
let lines: { event: string; level: string }[];
let audit: Audit;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  table = createTable();
  lines = [];
  audit = createAudit(
    table.database,
    createLog('debug', { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[0]) }),
  );
});
afterEach(async () => {
  table.failing = false;
  table.mute = false;
  await audit.close();
  vi.useRealTimers();
});
const quarterPasses = () => vi.advanceTimersByTimeAsync(250);
const told = (event: string) => lines.filter((line) => line.event === event);

test('an event is logged at once, with its level, and written within a quarter of a second', async () => {
  audit.info({ event: 'one', ip: '203.0.113.7' });
  audit.warn({ event: 'two' });
  expect(lines).toMatchObject([
    { event: 'one', level: 'info', ip: '203.0.113.7' },
    { event: 'two', level: 'warn' },
  ]);
  expect(table.events()).toEqual([]);
  await quarterPasses();
  expect(table.events()).toEqual(['one', 'two']);
  expect(table.batches).toEqual([2]);
});

test('each field has its column; what has none is a detail; the gateway is who did it unless told', async () => {
  audit.info({
    event: 'a',
    userId: 'u',
    attemptId: 't',
    sessionId: 's',
    phone: '+7701*****02',
    ip: 'i',
    channel: 'console',
    n: 1,
  });
  audit.info({ event: 'b', actor: 'operator', userId: null, reason: undefined });
  await quarterPasses();
  expect([...table.rows.values()]).toMatchObject([
    {
      at: expect.any(Date),
      event: 'a',
      actor: 'gateway',
      user: 'u',
      attempt: 't',
      session: 's',
      phone: '+7701*****02',
      ip: 'i',
    },
    { event: 'b', actor: 'operator', user: null, attempt: null, phone: null },
  ]);
  const [first, second] = [...table.rows.values()];
  expect(JSON.parse(String(first?.['details']))).toEqual({ channel: 'console', n: 1 });
  expect(second?.['details'] ?? '{}').toBe('{}');
});

test('many at once share statements of a thousand', async () => {
  for (let n = 0; n < 2_500; n += 1) audit.info({ event: `${n}` });
  await quarterPasses();
  expect(table.batches).toEqual([1_000, 1_000, 500]);
  expect(table.events()).toEqual(Array.from({ length: 2_500 }, (_, n) => `${n}`));
});

test('what comes while a batch is being written is neither lost nor written twice', async () => {
  let go = (): void => {};
  table.wait = new Promise((resolve) => (go = resolve));
  audit.info({ event: 'before' });
  await quarterPasses();
  audit.info({ event: 'meanwhile' });
  await quarterPasses();
  go();
  await quarterPasses();
  expect(table.events()).toEqual(['before', 'meanwhile']);
  expect(table.batches.reduce((sum, n) => sum + n, 0)).toBe(2);
});

describe('while the database is away', () => {
  test('events are kept in order, with the time they had', async () => {
    table.failing = true;
    audit.info({ event: 'kept' });
    await vi.advanceTimersByTimeAsync(60_000);
    const when = Date.now();
    await new Promise<void>((resolve) => setTimeout(resolve, 5));
    audit.info({ event: 'later' });
    table.failing = false;
    await quarterPasses();
    expect(table.events()).toEqual(['kept', 'later']);
    expect(Number([...table.rows.values()][0]?.['at'])).toBeLessThanOrEqual(when);
    expect(told('audit.lost')).toEqual([]);
  });

  // Four lines a second for as long as it lasts would bury what matters.
  test('it is said once, not four times a second; and again when it goes away again', async () => {
    for (const outage of [1, 2]) {
      table.failing = true;
      audit.info({ event: 'kept' });
      await vi.advanceTimersByTimeAsync(60_000);
      expect(told('audit.delayed')).toHaveLength(outage);
      table.failing = false;
      await quarterPasses();
    }
  });

  test('20,000 are kept; of more the log alone tells, and how many they were', async () => {
    table.failing = true;
    for (let n = 0; n < 20_003; n += 1) audit.info({ event: 'kept' });
    await quarterPasses();
    table.failing = false;
    await quarterPasses();
    expect(table.rows.size).toBe(20_000);
    expect(told('audit.lost')).toMatchObject([{ level: 'error', events: 3 }]);
    audit.info({ event: 'after' });
    await quarterPasses();
    expect(told('audit.lost')).toHaveLength(1);
    expect(table.events().at(-1)).toBe('after');
  });

  test('an event that cannot be written keeps no other from being written, and is told of', async () => {
    table.poison = 'bad';
    for (const event of ['before', 'bad', 'after']) audit.info({ event });
    await quarterPasses();
    expect(table.events()).toEqual(['before', 'after']);
    expect(told('audit.bug')).toMatchObject([{ level: 'error', about: 'bad' }]);
  });

  test('a write whose answer was lost is repeated under the same ids: nothing is there twice', async () => {
    table.mute = true;
    audit.info({ event: 'once' });
    await quarterPasses();
    table.mute = false;
    await quarterPasses();
    expect(table.events()).toEqual(['once']);
  });

  test('what must not be done unwritten is not done: it rejects', async () => {
    table.failing = true;
    await expect(audit.write({ event: 'admin.looked' })).rejects.toThrow('ECONNREFUSED');
    expect(told('admin.looked')).toEqual([]);
  });
});

test('what must be written is there when it resolves', async () => {
  await audit.write({ event: 'admin.looked', actor: 'someone' });
  expect([...table.rows.values()]).toMatchObject([{ event: 'admin.looked', actor: 'someone' }]);
});

test('closing writes what is left, also what comes while it waits', async () => {
  let go = (): void => {};
  table.wait = new Promise((resolve) => (go = resolve));
  audit.info({ event: 'one' });
  await quarterPasses();
  audit.info({ event: 'two' });
  const closed = audit.close();
  go();
  await closed;
  expect(table.events()).toEqual(['one', 'two']);
});
