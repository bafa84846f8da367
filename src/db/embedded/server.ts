import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { StartupError } from '../../startup-error.js';
import { type Owner, describeOwner, ownerName, readOwner, takeOwnership } from './owner.js';

export interface EmbeddedPostgres {
  url: string;
  /** Stops the server and waits until it is gone. */
  stop(): Promise<void>;
}

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
  owner,
  deadline,
}: {
  cluster: string;
  password: string;
  owner: Owner;
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
    const client = port ? await connect(port, password, owner) : undefined;
    if (client) {
      if (await takeOwnership(client)) return owned({ pid, port, cluster, password }, client);
      throw await takenByAnother(cluster, client);
    }
    if (Date.now() > deadline)
      throw new StartupError(
        `The PostgreSQL of an earlier start (process ${pid}) does not answer. Stop that process, then start Phonegate again.`,
      );
    await sleep(250); // starting up or shutting down
  }
  return undefined;
}

/** The error for a server that another process owns. Closes the connection. */
export async function takenByAnother(cluster: string, client: pg.Client): Promise<StartupError> {
  const owner = await readOwner(client).catch(() => undefined);
  await client.end();
  return new StartupError(
    `Another Phonegate already uses the data in ${cluster}${owner ? `: ${describeOwner(owner)}` : ''}. Stop it first, start this one in another folder, or set DATABASE_URL for both so that they share a server.`,
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

/** `owner`: names the connection, for a process that will take the lock. */
export async function connect(port: number, password: string, owner?: Owner): Promise<pg.Client | undefined> {
  const client = new pg.Client({
    connectionString: urlOf(port, password),
    database: 'postgres',
    connectionTimeoutMillis: 2_000,
    ...(owner && { application_name: ownerName(owner) }),
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
