import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { StartupError } from '../../startup-error.js';
import { runStatement } from '../run-statement.js';
import { statement } from '../statement.js';
import { bool, int8 } from '../types.js';

export interface EmbeddedPostgres {
  url: string;
  /** Stops the server and waits until it is gone. */
  stop(): Promise<void>;
}

/** The process that started this server holds this lock while it runs. */
const OWNER_LOCK = 5_074_101;

const TRY_OWNER_LOCK = statement({
  name: 'db/try_owner_lock',
  sql: 'SELECT pg_try_advisory_lock(:lock) AS taken',
  parameters: { lock: int8 },
  columns: { taken: bool },
});

/** The running server of this process. `owner` is the connection that holds the lock. */
export function owned(
  server: { pid: number; port: number; cluster: string; password: string },
  owner: pg.Client,
): EmbeddedPostgres {
  return { url: urlOf(server.port, server.password), stop: () => stop(server.pid, server.cluster, owner) };
}

/**
 * Takes over a server that runs on this data folder if its owner has died.
 *
 * @returns undefined when none runs.
 * @throws StartupError when its owner runs, or it does not answer before `deadline`.
 */
export async function findRunning({
  cluster,
  password,
  deadline,
}: {
  cluster: string;
  password: string;
  deadline: number;
}): Promise<EmbeddedPostgres | undefined> {
  const lockFile = lockFileOf(cluster);
  while (existsSync(lockFile)) {
    const [pidLine, , , portLine] = readFileSync(lockFile, 'utf8').split('\n');
    const pid = Number(pidLine);
    const port = Number(portLine);
    if (!(await isPostgres(pid))) {
      rmSync(lockFile, { force: true });
      return undefined;
    }
    const client = port ? await connect(port, password) : undefined;
    if (client) {
      if (await takeOwnership(client)) return owned({ pid, port, cluster, password }, client);
      await client.end();
      throw takenByAnother(cluster);
    }
    if (Date.now() > deadline)
      throw new StartupError(
        `The PostgreSQL of an earlier start (process ${pid}) does not answer. Stop that process, then start Phonegate again.`,
      );
    await sleep(250); // starting up or shutting down
  }
  return undefined;
}

export function takenByAnother(cluster: string): StartupError {
  return new StartupError(
    `Another Phonegate already uses the data in ${cluster}. Stop it first, start this one in another folder, or set DATABASE_URL for both so that they share a server.`,
  );
}

/** Process IDs are reused, so the ID alone does not show whether the process is PostgreSQL. */
async function isPostgres(pid: number): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]?.includes('postgres') ?? false;
  } catch {
    if (existsSync('/proc/self/cmdline')) return false;
  }
  return promisify(execFile)('ps', ['-p', `${pid}`, '-o', 'comm=']).then(
    ({ stdout }) => stdout.includes('postgres'),
    () => false,
  );
}

export async function connect(port: number, password: string): Promise<pg.Client | undefined> {
  const client = new pg.Client({
    connectionString: urlOf(port, password),
    database: 'postgres',
    connectionTimeoutMillis: 2_000,
  });
  client.on('error', () => {}); // the next query reports that the server is gone
  try {
    await client.connect();
    return client;
  } catch (error) {
    if ((error as { code?: string }).code === '28P01') {
      throw new StartupError(
        'The embedded PostgreSQL does not accept the password under .data/. Restore the original password file, or delete .data/ to start with an empty database.',
      );
    }
    return undefined;
  }
}

export async function takeOwnership(client: pg.Client): Promise<boolean> {
  const [row] = await runStatement(client, TRY_OWNER_LOCK, { lock: OWNER_LOCK });
  return row?.taken ?? false;
}

async function stop(pid: number, cluster: string, owner: pg.Client): Promise<void> {
  await owner.end().catch(() => {});
  signal(pid, 'SIGINT'); // PostgreSQL's fast shutdown: open transactions are rolled back, everything is written to disk
  const giveUpAt = Date.now() + 10_000;
  while (signal(pid, 0) && existsSync(lockFileOf(cluster))) {
    if (Date.now() > giveUpAt) signal(pid, 'SIGQUIT');
    await sleep(25);
  }
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

const lockFileOf = (cluster: string) => join(cluster, 'postmaster.pid');

export const urlOf = (port: number, password: string) =>
  `postgresql://phonegate:${password}@127.0.0.1:${port}/postgres`;
