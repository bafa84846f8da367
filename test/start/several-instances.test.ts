import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { connectDatabase } from '../../src/db/database.js';
import { Prisma } from '../../src/db/prisma/client.js';
import { loadSchemaEngine } from '../../src/db/schema-engine.js';
import { createLog } from '../../src/log.js';
import {
  call,
  claimLogin,
  deliverWebhook,
  incomingText,
  requestOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
} from '../support/calls.js';
import { INSTANCE, type TestDatabase, createDatabase } from '../support/gateway.js';
import {
  type Addresses,
  type GatewayProcess,
  PROJECT,
  cleanUpProcesses,
  makeFolder,
  spawnGateway,
} from '../support/process.js';
import { connectSocket, watchLogin } from '../support/watch.js';

// Five processes, started at the same moment on one empty database, with one Redis.
let database: TestDatabase;
let env: Record<string, string>;
let instances: (GatewayProcess & Addresses)[];
const instance = (index: number) => instances[index % instances.length] as GatewayProcess & Addresses;

beforeAll(async () => {
  database = await createDatabase({ migrated: false });
  env = {
    DATABASE_URL: database.url,
    REDIS_URL: inject('redisUrl'),
    GATEWAY_SECRET: 'kqS2YvGNcQ9JVMij4x38TPeFLuARapwbDthE',
    PUBLIC_URL: 'https://login.example.com',
    ALLOW_UNSAFE_DEVELOPMENT: 'on', // because of PUBLIC_URL; it listens on 127.0.0.1
    GREEN_API_ID_INSTANCE: `${INSTANCE}`,
  };
  const started = Array.from({ length: 5 }, () => spawnGateway(makeFolder(), { env }));
  instances = await Promise.all(started.map(async (gateway) => Object.assign(gateway, await gateway.ready())));
});
afterAll(async () => {
  for (const { signal } of instances) signal('SIGTERM');
  const ends = await Promise.all(instances.map(({ exited }) => exited));
  await cleanUpProcesses();
  await database.drop();
  expect(ends.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
});

const folder = join(PROJECT, 'prisma/migrations');
const migrations = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => ({ name, sql: readFileSync(join(folder, name, 'migration.sql'), 'utf8') }))
  .toSorted((one, other) => (one.name < other.name ? -1 : 1));
const schema = { path: 'schema.prisma', content: readFileSync(join(PROJECT, 'prisma/schema.prisma'), 'utf8') };
const filters = { externalTables: [], externalEnums: [] };

describe('an empty database of five instances', () => {
  test('is migrated by one instance, once', async () => {
    expect(instances.filter(({ stdout }) => stdout().includes('database.migrated'))).toHaveLength(1);
    const rows = await database.query(
      `SELECT migration_name, checksum, applied_steps_count, finished_at IS NOT NULL AS finished, rolled_back_at, logs
       FROM _prisma_migrations ORDER BY migration_name`,
    );
    expect(rows).toEqual(
      migrations.map(({ name, sql }) => ({
        migration_name: name,
        checksum: createHash('sha256').update(sql).digest('hex'),
        applied_steps_count: 1,
        finished: true,
        rolled_back_at: null,
        logs: null,
      })),
    );
  });

  test('is not migrated again by an instance that starts later', async () => {
    const later = spawnGateway(makeFolder(), { env });
    await later.ready();
    expect(later.stdout()).not.toContain('database.migrated');
    later.signal('SIGTERM');
    expect((await later.exited).code).toBe(0);
    expect(await database.query('SELECT id FROM _prisma_migrations')).toHaveLength(migrations.length);
  });

  test('has one signing key, and an access token of any instance is valid on all of them', async () => {
    expect(await database.query('SELECT kid FROM signing_keys')).toHaveLength(1);
    for (const [index, issuer] of instances.entries()) {
      const phone = somePhone();
      const attempt = await requestOtp(issuer.graphqlUrl, { phone });
      const code = issuer.codeOf(attempt.attemptId);
      const { accessToken } = await verifyOtp(instance(index + 1).graphqlUrl, { ...attempt, code });
      const answers = await Promise.all(
        instances.map(({ graphqlUrl }) =>
          call({ url: graphqlUrl, headers: { authorization: `Bearer ${accessToken}` } }, '{ me { phone } }', {}),
        ),
      );
      expect(answers).toEqual(instances.map(() => ({ data: { me: { phone } } })));
    }
  });
});

test('a client that waits on one instance learns at once of a webhook that another instance received', async () => {
  await Promise.all(
    instances.map(async (waitedAt, index) => {
      const phone = somePhone();
      const attempt = await startWhatsAppLogin(instance(index + 1).graphqlUrl);
      const client = connectSocket(waitedAt.socketUrl);
      const states = watchLogin(client, attempt);
      expect(await states.next()).toMatchObject({ value: { status: 'PENDING' } });
      const startedAt = performance.now();
      expect(await deliverWebhook(instance(index + 2).url, incomingText(attempt.loginMessage, phone))).toBe(200);
      expect(await states.next()).toMatchObject({ value: { status: 'COMPLETED' } });
      expect(performance.now() - startedAt).toBeLessThan(2_000); // without Redis it would take until the next poll
      expect(await claimLogin(instance(index + 3).graphqlUrl, attempt)).toMatchObject({ user: { phone } });
      await client.dispose();
    }),
  );
});

describe("Prisma's migration tools find", () => {
  let engine: SchemaEngine; // one for all tests, because it takes a second
  beforeAll(async () => {
    engine = await loadSchemaEngine(schema.content, new PrismaPg(database.url));
  });
  afterAll(() => engine.free());

  test('the table _prisma_migrations with the columns that they create', async () => {
    const columns = await database.query(
      `SELECT concat_ws(' ', column_name, data_type, character_maximum_length, is_nullable, column_default) AS column
       FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`,
    );
    // As `prisma migrate deploy` 7.10 makes it.
    expect(columns.map(({ column }) => column as string)).toEqual([
      'id character varying 36 NO',
      'checksum character varying 64 NO',
      'finished_at timestamp with time zone YES',
      'migration_name character varying 255 NO',
      'logs text YES',
      'rolled_back_at timestamp with time zone YES',
      'started_at timestamp with time zone NO now()',
      'applied_steps_count integer NO 0',
    ]);
  });

  test('no migration that is missing, edited or failed', async () => {
    const migrationsList: MigrationList = {
      baseDir: 'prisma/migrations',
      shadowDbInitScript: '',
      migrationDirectories: migrations.map(({ name, sql }) => ({
        path: name,
        migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
      })),
      lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    };
    const diagnosis = await engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters });
    expect(diagnosis).toMatchObject({
      hasMigrationsTable: true,
      history: null,
      editedMigrationNames: [],
      failedMigrationNames: [],
    });
  });

  test('a table with the right columns for every model of the client', async () => {
    const { prisma, close } = connectDatabase(database.url, createLog('silent'));
    for (const name of Object.values(Prisma.ModelName)) {
      const model = prisma[`${name[0]?.toLowerCase()}${name.slice(1)}` as 'user'];
      expect((await model.findMany({ take: 1 })).length, name).toBeLessThanOrEqual(1);
    }
    await close();
  });

  test('every table, column, type and index that schema.prisma asks for, and no other column', async () => {
    const fromSchema = await createDatabase({ migrated: false });
    const { stdout } = await engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files: [schema] },
      script: true,
      exitCode: null,
      filters,
    });
    await fromSchema.query(stdout ?? '');
    const [wanted, found] = [await shapeOf(fromSchema), await shapeOf(database)];
    expect(wanted.columns.length).toBeGreaterThan(50);
    expect(found.columns).toEqual(wanted.columns);
    expect(found.enums).toEqual(wanted.enums);
    // By hand, migrations add indexes, narrow them to the rows that need one, and partition tables; schema.prisma cannot say so.
    expect(found.indexes.map((definition) => definition.replace(/ WHERE .*/, '').replace(' ON ONLY ', ' ON '))).toEqual(
      expect.arrayContaining(wanted.indexes),
    );
    await fromSchema.drop();
  });
});

async function shapeOf({ query }: TestDatabase) {
  const list = async (sql: string) => (await query<{ line: string }>(`${sql} ORDER BY 1`)).map(({ line }) => line);
  return {
    columns: await list(
      `SELECT concat_ws(' ', table_name, column_name, udt_name, datetime_precision, is_nullable, column_default) AS line
       FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name <> '_prisma_migrations' AND table_name NOT IN (SELECT relname FROM pg_class WHERE relispartition)`,
    ),
    enums: await list(
      `SELECT concat_ws(' ', typname, enumlabel) AS line FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid`,
    ),
    indexes: await list(
      `SELECT indexdef AS line FROM pg_indexes
       WHERE schemaname = 'public' AND tablename <> '_prisma_migrations' AND tablename NOT IN (SELECT relname FROM pg_class WHERE relispartition)`,
    ),
  };
}
