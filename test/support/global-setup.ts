import { chmodSync, existsSync, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/db/embedded/postgres.js';
import { migrate } from '../../src/db/migrate.js';
import { removeFolder } from './process.js';
import { startRedis } from './redis.js';

const MEMORY = '/dev/shm';
/** More than all databases of a run ever need at the same time. */
const DATABASES_BYTES = 4 * 1024 ** 3;
/** Tests of three files run at once, some with twelve gateways, and a slow machine makes each gateway open more connections. */
const MAX_CONNECTIONS = 1_000;

declare module 'vitest' {
  export interface ProvidedContext {
    /** A PostgreSQL server for the whole run, with a migrated database to copy. */
    postgresUrl: string;
    /** A Redis server for the whole run. Tests that stop a Redis start their own. */
    redisUrl: string;
  }
}

/** One real PostgreSQL and one real Redis for the run. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(roomInMemory() ? MEMORY : tmpdir(), 'phonegate-test-'));
  chmodSync(folder, 0o755); // as root, PostgreSQL runs as another account
  const postgres = await startEmbeddedPostgres(join(folder, '.data'), { maxConnections: MAX_CONNECTIONS });
  const redis = process.env['REDIS_URL'] ? { url: process.env['REDIS_URL'], stop: async () => {} } : await startRedis();

  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  // The data need not survive a crash, so PostgreSQL does not wait for the disk.
  for (const setting of ['fsync', 'full_page_writes', 'synchronous_commit'])
    await admin.query(`ALTER SYSTEM SET ${setting} = off`);
  await admin.query('SELECT pg_reload_conf()');
  // Hashing a password 4096 times takes half of the time that a client needs to connect, and the suite connects
  // thousands of times.
  await admin.query('SET scram_iterations = 1');
  const { password } = new URL(postgres.url);
  await admin.query(`ALTER ROLE CURRENT_USER PASSWORD ${admin.escapeLiteral(decodeURIComponent(password))}`);
  await admin.query('CREATE DATABASE migrated');
  await admin.end();
  await migrate(postgres.url.replace(/\/postgres$/, '/migrated'));

  project.provide('postgresUrl', postgres.url);
  project.provide('redisUrl', redis.url);
  return async () => {
    await redis.stop();
    await postgres.stop();
    removeFolder(folder);
  };
}

/** Whether Linux offers a folder in memory that is large enough. In containers it often has only 64 MB. */
function roomInMemory(): boolean {
  if (!existsSync(MEMORY)) return false;
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize > DATABASES_BYTES;
}
