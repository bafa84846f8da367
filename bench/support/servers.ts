import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/db/embedded/postgres.js';
import { migrate } from '../../src/db/migrate.js';
import { freePort } from '../../test/support/ports.js';

/** A real PostgreSQL and a real Redis, which the servers under test use. */
export interface Infrastructure {
  /** Creates a database and returns its URL. Migrate it for the gateway: one database of a process, and copy that for others. */
  database(name: string, options: { migrated: boolean } | { copyOf: string }): Promise<string>;
  redisUrl: string;
  /** Process ID of the PostgreSQL server, to read its CPU time. */
  postmaster: number;
  /** The versions of what runs, by program. */
  versions: Record<string, string>;
  stop(): Promise<void>;
}

/** @param countsStatements loads pg_stat_statements */
export async function startInfrastructure({ countsStatements = false } = {}): Promise<Infrastructure> {
  const folder = mkdtempSync(join(tmpdir(), 'phonegate-bench-'));
  chmodSync(folder, 0o755);
  let postgres: EmbeddedPostgres = await startEmbeddedPostgres(folder);
  if (countsStatements) {
    await loadStatementCounter(postgres.url);
    await postgres.stop();
    postgres = await startEmbeddedPostgres(folder);
  }
  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  const { rows } = await admin.query<{ pid: number; version: string }>(
    "SELECT (regexp_split_to_array(pg_read_file('postmaster.pid'), E'\\n'))[1]::int AS pid, current_setting('server_version') AS version",
  );
  const port = await freePort();
  const redis = spawn(
    'redis-server',
    ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    { stdio: 'ignore' },
  );
  redis.once('error', () => {
    console.error('The benchmarks need redis-server on the path (Debian: apt-get install redis-server).');
    process.exit(1);
  });
  return {
    async database(name, options) {
      const isCopy = 'copyOf' in options;
      await admin.query(`CREATE DATABASE ${name}${isCopy ? ` TEMPLATE ${options.copyOf}` : ''}`);
      const url = postgres.url.replace(/\/postgres$/, `/${name}`);
      if (!isCopy && options.migrated) await migrate(url);
      return url;
    },
    redisUrl: `redis://127.0.0.1:${port}`,
    postmaster: rows[0]?.pid ?? 0,
    versions: {
      'Node.js': process.versions.node,
      PostgreSQL: rows[0]?.version ?? 'unknown',
      Redis: /v=(\S+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown',
    },
    async stop() {
      await admin.end();
      redis.kill();
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** From the next start on. */
async function loadStatementCounter(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'`);
  await client.end();
}

/** A server under test, in its own process. */
export interface Server {
  name: string;
  port: number;
  process: ChildProcess;
  stop(): Promise<void>;
}

/**
 * Starts a JavaScript file that sends `{ port }` over IPC when it listens. It is not TypeScript, because running
 * TypeScript directly adds code to every function, which costs CPU time.
 */
export async function startServer(name: string, file: URL, env: Record<string, string>): Promise<Server> {
  const child = fork(file, {
    execArgv: ['--expose-gc'],
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { port: number }).port));
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
  });
  return {
    name,
    port,
    process: child,
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    },
  };
}
