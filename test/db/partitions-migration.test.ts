import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readMigrations } from '../../src/db/migration-status.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';

const PARTITIONS = '20261129110000_partition_functions';
const migrations = readMigrations();
const before = migrations.filter(({ name }) => name < PARTITIONS);
const partitioning = migrations.filter(({ name }) => name >= PARTITIONS && name < '20261129110500');

const ROLE = `gateway_${randomUUID().replaceAll('-', '')}`;
const INSERT = 'INSERT INTO audit_log (id, event) VALUES ($1, $2) ON CONFLICT DO NOTHING';
const TABLES = ['audit_log', 'guard_events'];
/** An ID from a clock that is wrong by years. */
const STRAY = 'f0000000-0000-7000-8000-000000000000';

let database: TestDatabase;
/** A connection of an older version, which goes on. */
let older: pg.Client;
/** The IDs of all audit entries, of before the upgrade and of meanwhile. */
const written: string[] = [];
let refused: unknown[] = [];
let longestWaitMs = 0;

async function write(event: string): Promise<void> {
  const id = uuidv7();
  written.push(id);
  await older.query({ name: 'write', text: INSERT, values: [id, event] });
}

/** Writes without a pause until it is stopped, as an instance of the older version does. */
function startWriting(): () => Promise<void> {
  const stopping = new AbortController();
  const writing = (async () => {
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      await write('during').catch((error: unknown) => refused.push(error));
      longestWaitMs = Math.max(longestWaitMs, performance.now() - startedAt);
    }
  })();
  return () => {
    stopping.abort();
    return writing;
  };
}

beforeAll(async () => {
  database = await createDatabase({ migrated: false });
  for (const { sql } of before) await database.query(sql);
  await database.query(`CREATE TABLE _prisma_migrations (id text); CREATE ROLE ${ROLE} LOGIN`);
  await database.query(`SELECT grant_gateway_role('${ROLE}')`);
  older = new pg.Client({ connectionString: database.url });
  await older.connect();
  await older.query(`SET ROLE ${ROLE}`);
  for (let index = 0; index < 20; index += 1) await write('before');
  await database.query(INSERT, [STRAY, 'stray']);
  written.push(STRAY);
  // Enough that the migration would take seconds if it read the table while it is locked.
  await database.query(
    `INSERT INTO audit_log (id, at, event) SELECT overlay(min_uuid_at_test::text PLACING lpad(to_hex(n), 12, '0') FROM 25)::uuid, now() - interval '90 days', 'many'
     FROM (SELECT (lpad(to_hex((extract(epoch FROM now() - interval '90 days') * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid AS min_uuid_at_test) AS id, generate_series(1, 100000) AS n`,
  );
  const holding = new pg.Client({ connectionString: database.url });
  await holding.connect();
  const stop = startWriting();
  for (const { name, sql } of partitioning) {
    if (name.endsWith('_checked')) {
      // It is interrupted after it has checked one of the tables. PostgreSQL undoes the file, and the next start runs it again.
      await holding.query('BEGIN; LOCK TABLE audit_log IN SHARE MODE');
      const [interrupted] = await Promise.allSettled([database.query(`SET LOCAL lock_timeout = 10; ${sql}`)]);
      await holding.query('ROLLBACK');
      expect(interrupted).toMatchObject({ status: 'rejected', reason: { code: '55P03' } });
      const checked = `SELECT FROM pg_constraint WHERE conname = 'partition_bound' AND convalidated`;
      expect(await database.query(checked)).toEqual([]);
    }
    await database.query(sql);
  }
  await stop();
  await write('after');
  await holding.end();
});
afterAll(async () => {
  await older.end();
  await database.query(`DROP OWNED BY ${ROLE}`);
  await database.query(`DROP ROLE ${ROLE}`);
  await database.drop();
});

describe('an upgrade to partitioned tables', () => {
  test('refuses no statement of an older instance, prepared before, and makes none wait for long', () => {
    expect(refused).toEqual([]);
    expect(written.length).toBeGreaterThan(50);
    // Its own wait for the lock is 40 ms. The margin is for a machine that does something else, too.
    expect(longestWaitMs).toBeLessThan(1_500);
  });

  test('keeps every row, also one from a clock that is wrong by years', async () => {
    const rows = await database.query<{ id: string }>(`SELECT id FROM audit_log WHERE event <> 'many' ORDER BY id`);
    expect(rows.map(({ id }) => id)).toEqual(written.toSorted());
    expect(await database.query(`SELECT count(*)::int AS rows FROM audit_log WHERE event = 'many'`)).toEqual([
      { rows: 100_000 },
    ]);
    expect(await database.query('SELECT id FROM audit_log_default')).toEqual([{ id: STRAY }]);
  });

  test('copies no row: the old table is the first partition, without the condition of the migration', async () => {
    for (const table of TABLES) {
      expect(
        await database.query(
          `SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = '${table}_first'::regclass`,
        ),
      ).toEqual([]);
      expect(
        await database.query(
          'SELECT name, to_id > (SELECT min_uuid_at(now() + interval $i$2 months$i$)) AS late FROM partitions_of($1) ORDER BY to_id',
          [table],
        ),
      ).toEqual([
        { name: `${table}_first`, late: true },
        { name: `${table}_default`, late: null },
      ]);
    }
  });

  test('keeps every index, valid, on the table and on its partitions', async () => {
    const indexes = await database.query<{ parent: string; indexes: number; valid: boolean }>(
      `SELECT c.relname AS parent, count(*)::int AS indexes, bool_and(i.indisvalid) AS valid
       FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relname ~ '^(audit_log|guard_events)' GROUP BY 1 ORDER BY 1`,
    );
    expect(indexes).toEqual(
      [
        ['audit_log', 4],
        ['audit_log_default', 4],
        ['audit_log_first', 4],
        ['guard_events', 3],
        ['guard_events_default', 3],
        ['guard_events_first', 3],
      ].map(([parent, count]) => ({ parent, indexes: count, valid: true })),
    );
  });

  test('keeps the rights of the role of the gateway, and gives it none on a partition', async () => {
    const rights = await database.query(
      `SELECT c.relname, string_agg(a.privilege_type, ' ' ORDER BY a.privilege_type) AS rights
       FROM pg_class c, aclexplode(c.relacl) a WHERE pg_get_userbyid(a.grantee) = $1 AND c.relname ~ '^(audit_log|guard_events)' GROUP BY 1 ORDER BY 1`,
      [ROLE],
    );
    expect(rights).toEqual([
      { relname: 'audit_log', rights: 'INSERT SELECT' },
      { relname: 'guard_events', rights: 'DELETE INSERT SELECT UPDATE' },
    ]);
  });

  test('leaves the audit log append-only', async () => {
    for (const sql of [
      `UPDATE audit_log SET event = 'x'`,
      'DELETE FROM audit_log',
      'TRUNCATE audit_log',
      'TRUNCATE audit_log_first',
    ])
      await expect(database.query(sql), sql).rejects.toMatchObject({ code: '23000' });
    expect(
      await database.query(
        `SELECT tgrelid::regclass::text AS of FROM pg_trigger WHERE tgrelid::regclass::text LIKE 'audit_log%' AND tgenabled <> 'O'`,
      ),
    ).toEqual([]);
  });
});

test('an upgrade waits for a statement that reads for long, and lets others go on meanwhile', async ({
  onTestFinished,
}) => {
  const own = await createDatabase({ migrated: false });
  const reader = new pg.Client({ connectionString: own.url });
  onTestFinished(async () => {
    await reader.end();
    await own.drop();
  });
  for (const { sql } of before) await own.query(sql);
  await reader.connect();
  await reader.query('BEGIN; SELECT FROM audit_log');
  const upgrade = (async () => {
    for (const { sql } of partitioning) await own.query(sql);
  })();
  const isWaiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`;
  await expect.poll(() => own.query(isWaiting).then(({ length }) => length), { timeout: 10_000 }).toBe(1);
  await own.query(INSERT, [uuidv7(), 'meanwhile']);
  await reader.query('COMMIT');
  await upgrade;
  expect(await own.query('SELECT event FROM audit_log')).toContainEqual({ event: 'meanwhile' });
});

test('an upgrade with an index that PostgreSQL does not use stops, says so, and changes nothing', async ({
  onTestFinished,
}) => {
  const own = await createDatabase({ migrated: false });
  onTestFinished(() => own.drop());
  for (const { sql } of before) await own.query(sql);
  await own.query(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'audit_log_actor_id_idx'::regclass`);
  const swap = partitioning.findIndex(({ name }) => name.endsWith('_audit_log_by_month'));
  for (const { sql } of partitioning.slice(0, swap)) await own.query(sql);
  await expect(own.query(String(partitioning[swap]?.sql))).rejects.toThrow(
    /index of audit_log is invalid.*REINDEX INDEX CONCURRENTLY/,
  );
  await own.query(INSERT, [uuidv7(), 'meanwhile']);
  await own.query('REINDEX INDEX CONCURRENTLY audit_log_actor_id_idx');
  for (const { sql } of partitioning.slice(swap)) await own.query(sql);
  expect(await own.query('SELECT event FROM audit_log')).toContainEqual({ event: 'meanwhile' });
});
