import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Database } from '../db/database.js';
import { createLog } from '../log.js';
import { type Audit, createAudit } from './audit.js';

/** Stands in for the table audit_log: it can be unreachable, slow, or lose an answer. */
function createTable() {
  const rows = new Map<string, Record<string, unknown>>();
  const batches: number[] = [];
  const table = {
    rows,
    batches,
    failing: false,
    /** Writes the rows, and then loses the answer. */
    mute: false,
    /** The name of an event that it refuses. */
    poison: '',
    wait: Promise.resolve(),
    events: () => [...rows.values()].map(({ events }) => events),
    database: {
      async query(_: unknown, entries: Record<string, unknown[]>) {
        await table.wait;
        if (table.failing) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
        const { ids = [], events = [] } = entries;
        if (events.includes(table.poison))
          throw Object.assign(new Error('invalid input syntax for type uuid'), { code: '22P02' });
        batches.push(ids.length);
        for (const [index, id] of ids.entries())
          if (!rows.has(String(id)))
            rows.set(
              String(id),
              Object.fromEntries(Object.entries(entries).map(([column, values]) => [column, values[index]])),
            );
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
  const log = createLog('debug', { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[0]) });
  audit = createAudit({ database: table.database, log });
});
afterEach(async () => {
  table.failing = false;
  table.mute = false;
  await audit.close();
  vi.useRealTimers();
});
/** Moves the clock by a quarter of a second, after which gathered events are written. */
const flush = () => vi.advanceTimersByTimeAsync(250);
const logged = (event: string) => lines.filter((line) => line.event === event);

test('an event is logged at once with its level, and written to the audit log within 250 ms', async () => {
  audit.info({ event: 'one', ip: '203.0.113.7' });
  audit.warn({ event: 'two' });
  expect(lines).toMatchObject([
    { event: 'one', level: 'info', ip: '203.0.113.7' },
    { event: 'two', level: 'warn' },
  ]);
  expect(table.events()).toEqual([]);
  await flush();
  expect(table.events()).toEqual(['one', 'two']);
  expect(table.batches).toEqual([2]);
});

test('fields with a column go there, other fields into details, and the default actor is the gateway', async () => {
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
  await flush();
  expect([...table.rows.values()]).toMatchObject([
    {
      times: expect.any(Date),
      events: 'a',
      actors: 'gateway',
      userIds: 'u',
      attemptIds: 't',
      sessionIds: 's',
      phones: '+7701*****02',
      ips: 'i',
    },
    { events: 'b', actors: 'operator', userIds: null, attemptIds: undefined, phones: undefined },
  ]);
  const [first, second] = [...table.rows.values()];
  expect(first?.['details']).toEqual({ channel: 'console', n: 1 });
  expect(JSON.stringify(second?.['details'] ?? {})).toBe('{}');
});

test('2,500 events at once are written in order by statements of 1,000', async () => {
  for (let n = 0; n < 2_500; n += 1) audit.info({ event: `${n}` });
  await flush();
  expect(table.batches).toEqual([1_000, 1_000, 500]);
  expect(table.events()).toEqual(Array.from({ length: 2_500 }, (_, n) => `${n}`));
});

test('an event that arrives while a batch is being written is written once', async () => {
  let go = (): void => {};
  table.wait = new Promise((resolve) => (go = resolve));
  audit.info({ event: 'before' });
  await flush();
  audit.info({ event: 'meanwhile' });
  await flush();
  go();
  await flush();
  expect(table.events()).toEqual(['before', 'meanwhile']);
  expect(table.batches.reduce((sum, n) => sum + n, 0)).toBe(2);
});

describe('while the database is away', () => {
  test('events are kept in order, with the time at which they happened', async () => {
    table.failing = true;
    audit.info({ event: 'kept' });
    await vi.advanceTimersByTimeAsync(60_000);
    const when = Date.now();
    await new Promise<void>((resolve) => setTimeout(resolve, 5));
    audit.info({ event: 'later' });
    table.failing = false;
    await flush();
    expect(table.events()).toEqual(['kept', 'later']);
    expect(Number([...table.rows.values()][0]?.['times'])).toBeLessThanOrEqual(when);
    expect(logged('audit.lost')).toEqual([]);
  });

  // Four lines a second during an outage would bury everything else.
  test('audit.delayed is logged once for each outage, not at each attempt to write', async () => {
    for (const outage of [1, 2]) {
      table.failing = true;
      audit.info({ event: 'kept' });
      await vi.advanceTimersByTimeAsync(60_000);
      expect(logged('audit.delayed')).toHaveLength(outage);
      table.failing = false;
      await flush();
    }
  });

  test('20,000 events are kept, further ones are only logged, and audit.lost gives their number once', async () => {
    table.failing = true;
    for (let n = 0; n < 20_003; n += 1) audit.info({ event: 'kept' });
    await flush();
    table.failing = false;
    await flush();
    expect(table.rows.size).toBe(20_000);
    expect(logged('audit.lost')).toMatchObject([{ level: 'error', events: 3 }]);
    audit.info({ event: 'after' });
    await flush();
    expect(logged('audit.lost')).toHaveLength(1);
    expect(table.events().at(-1)).toBe('after');
  });

  test('an event that PostgreSQL refuses is logged as audit.bug, and the events around it are written', async () => {
    table.poison = 'bad';
    for (const event of ['before', 'bad', 'after']) audit.info({ event });
    await flush();
    expect(table.events()).toEqual(['before', 'after']);
    expect(logged('audit.bug')).toMatchObject([{ level: 'error', about: 'bad' }]);
  });

  test('a write whose answer was lost is repeated with the same IDs, so the event is recorded once', async () => {
    table.mute = true;
    audit.info({ event: 'once' });
    await flush();
    table.mute = false;
    await flush();
    expect(table.events()).toEqual(['once']);
  });

  test('write() rejects, and logs nothing', async () => {
    table.failing = true;
    await expect(audit.write({ event: 'admin.read' })).rejects.toThrow('ECONNREFUSED');
    expect(logged('admin.read')).toEqual([]);
  });
});

test('write() resolves once the entry is in the audit log', async () => {
  await audit.write({ event: 'admin.read', actor: 'someone' });
  expect([...table.rows.values()]).toMatchObject([{ events: 'admin.read', actors: 'someone' }]);
});

test('close() writes gathered events, also those that arrive while it waits for a batch', async () => {
  let go = (): void => {};
  table.wait = new Promise((resolve) => (go = resolve));
  audit.info({ event: 'one' });
  await flush();
  audit.info({ event: 'two' });
  const closed = audit.close();
  go();
  await closed;
  expect(table.events()).toEqual(['one', 'two']);
});
