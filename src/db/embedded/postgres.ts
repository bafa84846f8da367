import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { readOrCreateSecret } from '../../config/secret-file.js';
import { StartupError, fileProblem } from '../../startup-error.js';
import { postgresAccount, reachableFolders } from './account.js';
import { findPostgresBinaries } from './binaries.js';
import { type Installation, deleteUnfinishedClusters, initializeCluster } from './cluster.js';
import { type Owner, takeOwnership } from './owner.js';
import { type ServerLog, followServerLog, passes } from './server-log.js';
import { type EmbeddedPostgres, connect, findRunning, owned, takenByAnother } from './server.js';

export type { EmbeddedPostgres };

const START_TIMEOUT_MS = 60_000;
const ADVICE = 'Start Phonegate in a folder that this account can write to, or set DATABASE_URL.';
/** Enough for several gateways. */
const MAX_CONNECTIONS = 200;

/**
 * Starts a PostgreSQL server with its data under `<folder>/postgres`, or takes over the server that a killed gateway
 * left running. Deletes an unfinished data folder and a stale lock file.
 *
 * @param httpPort the port of the gateway, which another start names in its error
 * @throws StartupError when PostgreSQL cannot use its data, does not start within 60 s, or another gateway uses the folder,
 * and when this account cannot use the folder.
 */
export async function startEmbeddedPostgres(
  folder: string,
  options: { httpPort?: number; maxConnections?: number } = {},
): Promise<EmbeddedPostgres> {
  return start(folder, options).catch((error: unknown) => {
    throw fileProblem(error, ADVICE);
  });
}

async function start(
  folder: string,
  { httpPort = 0, maxConnections = MAX_CONNECTIONS }: { httpPort?: number; maxConnections?: number },
): Promise<EmbeddedPostgres> {
  const home = resolve(folder);
  const owner = { pid: process.pid, httpPort };
  const account = postgresAccount();
  const { binaries, data } = reachableFolders(account, findPostgresBinaries(), home);
  const password = readOrCreateSecret(join(home, 'postgres-password'), ADVICE);
  const cluster = join(data, 'cluster');
  const installation: Installation = { home, account, binaries, data, cluster, password };
  if (!existsSync(cluster)) await initializeCluster(installation);

  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const running = await findRunning({ cluster, password, owner, deadline });
    if (running) return running;
    const port = await freePort();
    const { child, log } = launch(installation, { port, maxConnections });
    const connection = await waitUntilReady(child, { port, cluster, password, owner, deadline });
    if (connection) {
      deleteUnfinishedClusters(data);
      return owned({ pid: child.pid as number, port, cluster, password }, connection);
    }
    // Killed backends of an earlier server may hold its shared memory for a moment, or the port was in use: try again.
    const reason = log.reason();
    if (Date.now() > deadline || (reason !== undefined && !passes(reason)))
      throw new StartupError(
        `The embedded PostgreSQL does not start${reason === undefined ? '.' : `: ${reason}`} Its data is ${cluster}, its log ${join(home, 'postgres.log')}.`,
      );
    await sleep(500);
  }
}

function launch(
  { home, account, binaries, data, cluster }: Installation,
  { port, maxConnections }: { port: number; maxConnections: number },
): { child: ChildProcess; log: ServerLog } {
  const file = join(home, 'postgres.log');
  const fd = openSync(file, 'a', 0o600);
  const log = followServerLog(file);
  const child = spawn(
    join(binaries, 'bin', 'postgres'),
    [
      '-D',
      cluster,
      '-p',
      `${port}`,
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
      '-c',
      `max_connections=${maxConnections}`,
    ],
    // Detached, so that Ctrl-C reaches only the gateway, which stops PostgreSQL after its own requests have finished.
    { ...account, cwd: data, detached: true, stdio: ['ignore', fd, fd] },
  );
  closeSync(fd);
  return { child, log };
}

/**
 * @returns the connection that owns the server; undefined when the server has exited or is not ready before the
 * deadline.
 */
async function waitUntilReady(
  child: ChildProcess,
  {
    port,
    cluster,
    password,
    owner,
    deadline,
  }: { port: number; cluster: string; password: string; owner: Owner; deadline: number },
): Promise<pg.Client | undefined> {
  child.once('error', () => {}); // a process that could not be started has no pid
  while (child.pid !== undefined && child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    const client = await connect(port, password, owner);
    if (client) {
      if (await takeOwnership(client)) return client;
      throw await takenByAnother(cluster, client); // another process has taken over the server that this one launched
    }
    await sleep(50);
  }
  return undefined;
}

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
