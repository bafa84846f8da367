import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkPartitions } from '../../src/cli/doctor/partitions.js';
import { type Database, connectDatabase } from '../../src/db/database.js';
import { minUuidAt } from '../../src/db/uuid-time.js';
import {
  PARTITION_UNITS,
  type PartitionedTable,
  createPartitions,
  readBlockedTables,
  startCreatingPartitions,
  startOfPartition,
} from '../../src/maintenance/partitions.js';
import { createLog } from '../../src/log.js';
import { SILENT } from '../sessions/gateway-key.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { insertAuditEntry, insertGuardEvents } from '../support/rows.js';
import { AUDIT_DAYS, GUARD_EVENT_DAYS, cleanUpOnce } from './clean-up-once.js';

const DAY_MS = 86_400_000;
const TABLES = Object.keys(PARTITION_UNITS) as PartitionedTable[];
const DAYS = { audit_log: AUDIT_DAYS, guard_events: GUARD_EVENT_DAYS };

/** The start of the month or week of a table, `count` months or weeks from now. */
function start(table: PartitionedTable, count: number): Date {
  const present = startOfPartition(PARTITION_UNITS[table], new Date());
  if (table === 'guard_events') return new Date(present.getTime() + count * 7 * DAY_MS);
  return new Date(Date.UTC(present.getUTCFullYear(), present.getUTCMonth() + count));
}
const nameOf = (table: PartitionedTable, from: Date) =>
  `${table}_${from.toISOString().slice(0, 10).replaceAll('-', '')}`;
/** The start of the oldest period that is kept. */
const firstKept = (table: PartitionedTable) =>
  startOfPartition(PARTITION_UNITS[table], new Date(Date.now() - DAYS[table] * DAY_MS));
const insert = async (table: PartitionedTable, at: Date): Promise<string> =>
  table === 'audit_log' ? insertAuditEntry(own, { at }) : String((await insertGuardEvents(own, [{ at }]))[0]);

let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await createDatabase();
  database = connectDatabase(own.url, SILENT);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

const partitions = async (table: PartitionedTable) =>
  (await own.query<{ name: string }>('SELECT name FROM partitions_of($1) ORDER BY from_id NULLS FIRST, to_id', [table]))
    .map(({ name }) => name)
    .filter((name) => !name.endsWith('_default'));
const inDefault = (table: PartitionedTable, id: string) =>
  own.query(`SELECT FROM ${table}_default WHERE id = $1`, [id]).then(({ length }) => length === 1);
const isKept = (table: PartitionedTable, id: string) =>
  own.query(`SELECT FROM ${table} WHERE id = $1`, [id]).then(({ length }) => length === 1);

/** As if the gateway had last created a partition long ago: the first one ends there, and there are no others. */
async function endFirstPartition(table: PartitionedTable, end: Date): Promise<void> {
  for (const name of await partitions(table))
    await own.query(`ALTER TABLE ${table} DETACH PARTITION ${name}`).then(() => own.query(`DROP TABLE ${name}`));
  await own.query(`ALTER TABLE ${table}_default DISABLE TRIGGER USER`);
  await own.query(`DELETE FROM ${table}_default`);
  await own.query(`ALTER TABLE ${table}_default ENABLE TRIGGER USER`);
  const first = `${table}_first`;
  await own.query(`CREATE TABLE ${first} PARTITION OF ${table} FOR VALUES FROM (MINVALUE) TO ('${minUuidAt(end)}')`);
}

/** A partition of the given period, as create_partition made it when the period was ahead. */
async function createPast(table: PartitionedTable, count: number): Promise<string> {
  const name = nameOf(table, start(table, count));
  const [from, to] = [start(table, count), start(table, count + 1)].map(minUuidAt);
  await own.query(`CREATE TABLE ${name} PARTITION OF ${table} FOR VALUES FROM ('${from}') TO ('${to}')`);
  return name;
}

test('the database and the gateway begin a partition at the same moments, also at the end of a year, of February and of a week', async () => {
  const moments = [
    '2026-12-31T23:59:59.999Z',
    '2027-01-01T00:00:00.000Z',
    '2028-02-29T23:59:59.999Z',
    '2028-03-01T00:00:00.000Z',
    '2026-11-29T23:59:59.999Z',
    '2026-11-30T00:00:00.000Z',
  ];
  for (const [table, unit] of Object.entries(PARTITION_UNITS)) {
    const rows = await own.query(
      `SELECT partition_unit($1) AS unit, date_trunc(partition_unit($1), moment, 'UTC') AS start,
              min_uuid_at(date_trunc(partition_unit($1), moment, 'UTC')) AS id FROM unnest($2::timestamptz[]) AS moment`,
      [table, moments],
    );
    const starts = moments.map((moment) => startOfPartition(unit, new Date(moment)));
    expect(rows).toEqual(starts.map((at) => ({ unit, start: at, id: minUuidAt(at) })));
  }
});

describe.each(TABLES)('%s', (table) => {
  beforeEach(() => endFirstPartition(table, start(table, 0)));

  test('gets the partitions of the present and the next two periods, once, when ten instances create them at once', async () => {
    const instances = Array.from({ length: 10 }, () => connectDatabase(own.url, SILENT));
    const rounds = instances.map(async (instance) => {
      for (let round = 0; round < 3; round += 1) await createPartitions({ database: instance });
    });
    const results = await Promise.allSettled(rounds);
    await Promise.all(instances.map((instance) => instance.close()));
    expect(results.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 'fulfilled'));
    const periods = [0, 1, 2].map((count) => nameOf(table, start(table, count)));
    expect(await partitions(table)).toEqual([`${table}_first`, ...periods]);
    const edges = [start(table, 1).getTime() - 1, start(table, 1).getTime()].map((at) => new Date(at));
    const ids = await Promise.all(edges.map((at) => insert(table, at)));
    const stored = await own.query(
      `SELECT tableoid::regclass::text AS name FROM ${table} WHERE id = ANY($1) ORDER BY id`,
      [ids],
    );
    expect(stored.map(({ name }) => name as string)).toEqual(periods.slice(0, 2));
  });

  test('keeps the rows of a gap in which nobody created partitions, and has partitions again after it', async () => {
    await endFirstPartition(table, start(table, -5));
    const [past, present] = [await insert(table, start(table, -2)), await insert(table, new Date())];
    await createPartitions({ database });
    expect(await partitions(table)).toEqual([
      `${table}_first`,
      ...[1, 2].map((count) => nameOf(table, start(table, count))),
    ]);
    expect([await inDefault(table, past), await inDefault(table, present)]).toEqual([true, true]);
    await createPartitions({ database });
    const next = await insert(table, start(table, 1));
    expect(await inDefault(table, next)).toBe(false);
    await cleanUpOnce(database);
    expect(await Promise.all([past, present, next].map((id) => isKept(table, id)))).toEqual([true, true, true]);
  });

  test('loses a whole partition when its last row is older than the retention period, and not before', async () => {
    const kept = firstKept(table);
    const counts = Array.from({ length: 20 }, (_, index) => index - 19);
    const oldest = counts.findIndex((count) => start(table, count) >= kept);
    const [old, young] = [counts[oldest - 1] ?? 0, counts[oldest] ?? 0];
    await endFirstPartition(table, start(table, old));
    const [oldName, youngName] = [await createPast(table, old), await createPast(table, young)];
    const rows = [await insert(table, new Date(kept.getTime() - 1)), await insert(table, kept)];
    await cleanUpOnce(database);
    expect(await Promise.all(rows.map((id) => isKept(table, id)))).toEqual([false, true]);
    expect(await partitions(table)).toEqual([youngName]);
    expect(await own.query('SELECT to_regclass($1) AS found', [oldName])).toEqual([{ found: null }]);
  });

  test('loses old rows that are in no period: from before the first partition, and in the first and the default partition', async () => {
    const [longAgo, kept] = [new Date(86_400_000), firstKept(table)];
    await endFirstPartition(table, start(table, 1));
    const inFirst = [await insert(table, longAgo), await insert(table, new Date(kept.getTime() - 1))];
    const young = [await insert(table, kept)];
    await cleanUpOnce(database);
    expect(await Promise.all([...inFirst, ...young].map((id) => isKept(table, id)))).toEqual([false, false, true]);
    await endFirstPartition(table, longAgo);
    const late = [await insert(table, new Date(kept.getTime() - 1)), await insert(table, kept)];
    expect(await Promise.all(late.map((id) => inDefault(table, id)))).toEqual([true, true]);
    await cleanUpOnce(database);
    expect(await Promise.all(late.map((id) => isKept(table, id)))).toEqual([false, true]);
  });

  describe('while a statement reads the table for long', () => {
    let reader: pg.Client;
    beforeEach(async () => {
      reader = new pg.Client({ connectionString: own.url });
      await reader.connect();
    });
    afterEach(() => reader.end());

    test('an old partition stays whole, and goes when the reader has ended', async () => {
      const old = table === 'audit_log' ? -15 : -8;
      await endFirstPartition(table, start(table, old));
      const name = await createPast(table, old);
      const row = await insert(table, start(table, old));
      await reader.query(`BEGIN; SELECT FROM ${table}`);
      await cleanUpOnce(database);
      expect([await partitions(table), await isKept(table, row)]).toEqual([[`${table}_first`, name], true]);
      await reader.query('COMMIT');
      await cleanUpOnce(database);
      expect([await partitions(table), await isKept(table, row)]).toEqual([[], false]);
    });

    test('nothing waits behind the partition that is created, or dropped, for longer than its own wait of 40 ms', async () => {
      const old = table === 'audit_log' ? -15 : -8;
      await endFirstPartition(table, start(table, old));
      await createPast(table, old);
      await reader.query(`BEGIN; SELECT FROM ${table}`);
      const call = {
        create: `create_partition('${table}')`,
        drop: `drop_old_partition('${table}', '${minUuidAt(firstKept(table))}')`,
      };
      for (const sql of Object.values(call)) {
        const startedAt = performance.now();
        await expect(own.query(`SELECT ${sql}`)).rejects.toMatchObject({ code: '55P03' });
        // Without a limit it would wait until the reader ends. The margin is for a machine that does something else, too.
        expect(performance.now() - startedAt).toBeLessThan(1_000);
      }
      expect(
        await own.query(
          `SELECT proname, proconfig FROM pg_proc WHERE proname IN ('create_partition', 'drop_old_partition') ORDER BY 1`,
        ),
      ).toMatchObject(
        ['create_partition', 'drop_old_partition'].map(() => ({
          proconfig: expect.arrayContaining(['lock_timeout=40ms']),
        })),
      );
      await reader.query('COMMIT');
    });
  });

  test('gets no further partitions while its default partition is large, and still deletes old rows', async () => {
    const columns = table === 'audit_log' ? 'id, at, event' : 'id, at, rule, action, count';
    const values = table === 'audit_log' ? `repeat('x', 1800)` : `repeat('x', 1800), 'refused', 1`;
    await endFirstPartition(table, start(table, -30));
    await own.query(
      `INSERT INTO ${table} (${columns}) SELECT overlay($1::text PLACING lpad(to_hex(n), 12, '0') FROM 25)::uuid, $2, ${values} FROM generate_series(1, 9000) n`,
      [minUuidAt(start(table, -20)), start(table, -20)],
    );
    const blocked = async () =>
      (await readBlockedTables((...statement) => database.query(...statement))).filter((one) => one.table === table);
    await createPartitions({ database });
    expect(await partitions(table)).toEqual([`${table}_first`]);
    expect(await blocked()).toEqual([{ table, defaultMegabytes: expect.any(Number), missing: 3 }]);
    const client = new pg.Client({ connectionString: own.url });
    await client.connect();
    const findings = await checkPartitions({ client });
    await client.end();
    expect(findings.map(({ level, message }) => [level, message])).toContainEqual([
      'warning',
      expect.stringMatching(`^3 of .* ${table} have no partition, because ${table}_default has rows`),
    ]);
    await cleanUpOnce(database);
    expect(await own.query(`SELECT FROM ${table}`)).toEqual([]);
    await own.query(`VACUUM ${table}_default`);
    await createPartitions({ database });
    expect(await partitions(table)).toHaveLength(3);
    expect(await blocked()).toEqual([]);
  });
});

test('a table that gets no partitions any more is logged once', async () => {
  await endFirstPartition('guard_events', start('guard_events', -1));
  await insert('guard_events', start('guard_events', 1));
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const written: string[] = [];
  const reports = () => written.filter((line) => line.includes('"event":"partitions.blocked"'));
  const stop = startCreatingPartitions({
    database,
    log: createLog('warn', { write: (line) => void written.push(line) }),
  });
  const latest = nameOf('guard_events', start('guard_events', 2));
  await expect.poll(reports).toEqual([expect.stringContaining('"table":"guard_events"')]);
  for (let round = 0; round < 2; round += 1) {
    await own.query(`DROP TABLE ${latest}`);
    const partitionsAfterAMinute = () => {
      vi.advanceTimersByTime(60_000);
      return partitions('guard_events');
    };
    await expect.poll(partitionsAfterAMinute).toContain(latest);
  }
  expect(reports()).toHaveLength(1);
  stop();
  vi.useRealTimers();
});

test('every partition of the audit log refuses changes of its rows, and TRUNCATE', async () => {
  await endFirstPartition('audit_log', start('audit_log', 0));
  await createPartitions({ database });
  const id = await insert('audit_log', new Date());
  const present = nameOf('audit_log', start('audit_log', 0));
  for (const sql of [
    `UPDATE ${present} SET event = 'x' WHERE id = '${id}'`,
    `DELETE FROM ${present} WHERE id = '${id}'`,
    `DELETE FROM audit_log WHERE id = '${id}'`,
    `TRUNCATE ${present}`,
    'TRUNCATE audit_log',
    'TRUNCATE audit_log_default',
  ])
    await expect(own.query(sql), sql).rejects.toMatchObject({ code: '23000' });
});

test('drop_old_partition keeps the audit log of the last 30 days, whatever it is asked for', async () => {
  await endFirstPartition('audit_log', new Date(Date.now() - 29 * DAY_MS));
  const all = minUuidAt(new Date(Date.now() + 365 * DAY_MS));
  expect(await own.query('SELECT drop_old_partition($1, $2) AS dropped', ['audit_log', all])).toEqual([
    { dropped: null },
  ]);
  await endFirstPartition('audit_log', new Date(Date.now() - 31 * DAY_MS));
  expect(await own.query('SELECT drop_old_partition($1, $2) AS dropped', ['audit_log', all])).toEqual([
    { dropped: 'audit_log_first' },
  ]);
});

test.each([[`create_partition('users')`], [`drop_old_partition('users', 'ffffffff-ffff-ffff-ffff-ffffffffffff')`]])(
  '%s is refused',
  async (call) => {
    await expect(own.query(`SELECT ${call}`)).rejects.toMatchObject({ code: '22023' });
  },
);
