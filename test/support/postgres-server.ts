import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { postgresAccount } from '../../src/db/embedded/account.js';
import { findPostgresBinaries } from '../../src/db/embedded/binaries.js';
import { freePort } from './ports.js';
import { familyOf, killAll, makeFolder, until } from './process.js';

/** A PostgreSQL of its own for a test, which can be killed and promoted. */
export interface PostgresServer {
  port: number;
  data: string;
  /** The folder of its Unix socket. */
  socketFolder: string;
  /** The URL of the database `postgres`, with the superuser. */
  url: string;
  query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]>;
  /** On a connection of its own to another database. */
  queryIn<Row extends pg.QueryResultRow>(database: string, sql: string): Promise<Row[]>;
  /** Sends SIGKILL to all of its processes, as when the machine dies. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const account = postgresAccount();
const PASSWORD = 'Xy7Kq2Lm9RtVb4';

/** Makes a new server and starts it. */
export async function startPostgres(
  settings: Record<string, string> = {},
  { programs = findPostgresBinaries() }: { programs?: string } = {},
): Promise<PostgresServer> {
  const folder = makeFolder();
  own(folder);
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, PASSWORD);
  own(passwordFile);
  const data = join(folder, 'data');
  const { status, stderr } = spawnSync(
    join(programs, 'bin/initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--no-sync'],
    { ...account, env: { LC_ALL: 'C', LD_LIBRARY_PATH: join(programs, 'lib') }, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`initdb: ${stderr}`);
  appendFileSync(join(data, 'pg_hba.conf'), 'host replication all 127.0.0.1/32 scram-sha-256\n');
  return launch({ data, folder, programs, settings });
}

/** A standby that streams from a primary and does what it says until it is promoted: `SELECT pg_promote()`. */
export async function startStandby(
  primary: PostgresServer,
  { programs = findPostgresBinaries() } = {},
): Promise<PostgresServer> {
  const folder = makeFolder();
  own(folder);
  const data = join(folder, 'data');
  const client = new pg.Client({ connectionString: primary.url });
  await client.connect();
  // The programs from npm have no pg_basebackup. This is what it does.
  await client.query("SELECT pg_backup_start('standby', true)");
  cpSync(primary.data, data, {
    recursive: true,
    filter: (path) => !/\/(postmaster\.(pid|opts)|pg_wal\/.+|pg_replslot\/.+)$/.test(path),
  });
  const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
  await client.end();
  mkdirSync(join(data, 'pg_wal'), { recursive: true });
  writeFileSync(join(data, 'backup_label'), rows[0]?.labelfile ?? '');
  writeFileSync(join(data, 'standby.signal'), '');
  appendFileSync(
    join(data, 'postgresql.auto.conf'),
    `\nprimary_conninfo = 'host=127.0.0.1 port=${primary.port} user=postgres password=${PASSWORD}'\n`,
  );
  for (const path of [
    data,
    ...readdirSync(data, { recursive: true, encoding: 'utf8' }).map((name) => join(data, name)),
  ])
    own(path);
  chmodSync(data, 0o700);
  return launch({ data, folder, programs, settings: {} });
}

interface Cluster {
  data: string;
  folder: string;
  programs: string;
  settings: Record<string, string>;
}

async function launch({ data, folder, programs, settings }: Cluster): Promise<PostgresServer> {
  const port = await freePort();
  const socketFolder = join(folder, 'socket');
  mkdirSync(socketFolder, { recursive: true });
  own(socketFolder);
  const url = `postgresql://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`;
  const all = {
    listen_addresses: '127.0.0.1',
    port: `${port}`,
    unix_socket_directories: socketFolder,
    fsync: 'off',
    shared_buffers: '16MB',
    ...settings,
  };
  let child = run();

  function run() {
    const started = spawn(
      join(programs, 'bin/postgres'),
      ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      {
        ...account,
        env: { LC_ALL: 'C', LD_LIBRARY_PATH: join(programs, 'lib') },
        stdio: ['ignore', 'ignore', 'pipe'],
        detached: true,
      },
    );
    started.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    return started;
  }
  let output = '';
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const untilReady = () =>
    until(() => {
      if (hasEnded()) throw new Error(`PostgreSQL ended: ${output}`);
      return /ready to accept (read-only )?connections/.test(output);
    });
  async function end(signal: NodeJS.Signals): Promise<void> {
    if (hasEnded()) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    // Its processes have sessions of their own, so each gets the signal.
    if (signal === 'SIGKILL') killAll(familyOf(child.pid ?? 0));
    else child.kill(signal);
    await gone;
  }
  await untilReady();
  return {
    port,
    data,
    socketFolder,
    url,
    query: (sql) => queryOnce(url, sql),
    queryIn: (database, sql) => queryOnce(url.replace(/\/postgres$/, `/${database}`), sql),
    kill: () => end('SIGKILL'),
    async start() {
      output = '';
      if (existsSync(join(data, 'postmaster.pid'))) rmSync(join(data, 'postmaster.pid'));
      child = run();
      await untilReady();
    },
    stop: () => end('SIGINT'),
  };
}

function own(path: string): void {
  if (account.uid !== undefined && account.gid !== undefined) chownSync(path, account.uid, account.gid);
}

/** One query on a connection of its own. */
async function queryOnce<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
