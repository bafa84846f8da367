import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { keptSecret } from '../../config/kept-secret.js';
import { StartupError } from '../../startup-error.js';
import { type Account, postgresAccount, reachableFolders } from './account.js';
import { findPostgresBinaries } from './binaries.js';

export interface EmbeddedPostgres {
  url: string;
  /** Stops the server and waits until it is gone. */
  stop(): Promise<void>;
}

/** Held by the one process that answers for this server, for as long as it lives. */
const OWNER_LOCK = 5_074_101;
const START_TIMEOUT_MS = 60_000;

/**
 * Starts a PostgreSQL server of our own with its data under `<folder>/postgres`, or takes over one that a killed gateway
 * left behind. A half-made data folder and a stale lock file are cleared away.
 */
export async function startEmbeddedPostgres(folder: string): Promise<EmbeddedPostgres> {
  const home = resolve(folder);
  const account = postgresAccount();
  const { binaries, data } = reachableFolders(account, findPostgresBinaries(), home);
  const password = keptSecret(join(home, 'postgres-password'));
  const cluster = join(data, 'cluster');
  if (!existsSync(cluster)) await initialise(binaries, data, cluster, password, account);

  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const left = await findRunning(cluster, password, deadline);
    if (left) return left;
    const port = await freePort();
    const child = launch(binaries, data, cluster, port, account);
    const owner = await waitUntilReady(child, port, password, deadline);
    if (owner) clearUnfinished(data);
    if (owner) return { url: urlOf(port, password), stop: () => stop(child.pid as number, cluster, owner) };
    // Killed backends of an earlier server can hold its shared memory for a moment, or the port was taken: try again.
    if (Date.now() > deadline) {
      throw new StartupError(`The embedded PostgreSQL does not start; its log is ${join(home, 'postgres.log')}.`);
    }
    await sleep(500);
  }

  function launch(programs: string, cwd: string, pgdata: string, port: number, as: Account): ChildProcess {
    const log = openSync(join(home, 'postgres.log'), 'a', 0o600);
    return spawn(
      join(programs, 'bin', 'postgres'),
      [
        '-D',
        pgdata,
        '-p',
        `${port}`,
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        'unix_socket_directories=',
        '-c',
        'max_connections=200',
      ],
      // In a session of its own: Ctrl-C reaches the gateway only, which stops PostgreSQL when it has drained.
      { ...as, cwd, detached: true, stdio: ['ignore', log, log] },
    );
  }
}

async function initialise(binaries: string, data: string, cluster: string, password: string, account: Account) {
  mkdirSync(data, { recursive: true });
  // A folder of our own: the initdb of a killed gateway, or of one that starts beside us, may still be writing to its.
  const unfinished = `${cluster}.new.${randomBytes(6).toString('hex')}`;
  const passwordFile = `${unfinished}.password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account.uid !== undefined && account.gid !== undefined) chownSync(passwordFile, account.uid, account.gid);
  try {
    await promisify(execFile)(
      join(binaries, 'bin', 'initdb'),
      [
        `--pgdata=${unfinished}`,
        '--username=phonegate',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-sync',
      ],
      { ...account, cwd: data },
    );
  } catch (error) {
    if (existsSync(cluster)) return; // one that started beside us was first, and has cleared ours away
    throw new StartupError(
      `The embedded PostgreSQL could not make its data folder ${cluster}: ${(error as { stderr?: string }).stderr?.trim() || (error as Error).message}`,
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
  try {
    renameSync(unfinished, cluster); // whole or not at all, also after kill -9
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(cluster)) throw error; // else one that started beside us was first
  }
}

/** What killed starts have left half made. */
function clearUnfinished(data: string): void {
  for (const entry of readdirSync(data).filter((name) => name.startsWith('cluster.new'))) {
    rmSync(join(data, entry), { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A server that runs on this data folder already: ours now if its owner died, somebody else's otherwise. */
async function findRunning(cluster: string, password: string, deadline: number): Promise<EmbeddedPostgres | undefined> {
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
      if (await takeOwnership(client)) return { url: urlOf(port, password), stop: () => stop(pid, cluster, client) };
      await client.end();
      throw new StartupError(
        `Another Phonegate is already running on the data in ${cluster}: stop it first, or give each its own folder, or set DATABASE_URL so that they share a server.`,
      );
    }
    if (Date.now() > deadline)
      throw new StartupError(
        `The PostgreSQL of an earlier start (process ${pid}) does not answer: stop it and start again.`,
      );
    await sleep(250); // starting up or shutting down
  }
  return undefined;
}

/** Process numbers are used again, so a living one proves nothing by itself. */
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

async function waitUntilReady(child: ChildProcess, port: number, password: string, deadline: number) {
  child.once('error', () => {}); // it shows as a process without a number
  while (child.pid !== undefined && child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    const client = await connect(port, password);
    if (client) {
      if (await takeOwnership(client)) return client;
      await client.end();
    }
    await sleep(50);
  }
  return undefined;
}

async function connect(port: number, password: string): Promise<pg.Client | undefined> {
  const client = new pg.Client({
    connectionString: urlOf(port, password),
    database: 'postgres',
    connectionTimeoutMillis: 2_000,
  });
  client.on('error', () => {}); // the server went away; whoever uses it notices
  try {
    await client.connect();
    return client;
  } catch (error) {
    if ((error as { code?: string }).code === '28P01') {
      throw new StartupError(
        'The password of the embedded PostgreSQL under .data/ is not the one it was made with: delete .data/ to begin anew.',
      );
    }
    return undefined;
  }
}

async function takeOwnership(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [OWNER_LOCK]);
  return rows[0]?.mine ?? false;
}

async function stop(pid: number, cluster: string, owner: pg.Client): Promise<void> {
  await owner.end().catch(() => {});
  signal(pid, 'SIGINT'); // PostgreSQL's fast shutdown: no new work, open transactions rolled back, all written out
  const impatient = Date.now() + 10_000;
  while (signal(pid, 0) && existsSync(lockFileOf(cluster))) {
    if (Date.now() > impatient) signal(pid, 'SIGQUIT');
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

const urlOf = (port: number, password: string) => `postgresql://phonegate:${password}@127.0.0.1:${port}/postgres`;

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
