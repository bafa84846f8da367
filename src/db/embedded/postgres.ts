import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readOrCreateSecret } from '../../config/secret-file.js';
import { StartupError } from '../../startup-error.js';
import { type Account, postgresAccount, reachableFolders } from './account.js';
import { findPostgresBinaries } from './binaries.js';
import { clearUnfinished, initialise } from './cluster.js';
import { type EmbeddedPostgres, connect, findRunning, owned, takeOwnership, takenByAnother } from './server.js';

export type { EmbeddedPostgres };

const START_TIMEOUT_MS = 60_000;

/**
 * Starts a PostgreSQL server of our own with its data under `<folder>/postgres`, or takes over one that a killed gateway
 * left behind. A half-made data folder and a stale lock file are cleared away.
 */
export async function startEmbeddedPostgres(folder: string): Promise<EmbeddedPostgres> {
  const home = resolve(folder);
  const account = postgresAccount();
  const { binaries, data } = reachableFolders(account, findPostgresBinaries(), home);
  const password = readOrCreateSecret(join(home, 'postgres-password'));
  const cluster = join(data, 'cluster');
  if (!existsSync(cluster)) await initialise(binaries, data, cluster, password, account);

  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const left = await findRunning(cluster, password, deadline);
    if (left) return left;
    const port = await freePort();
    const child = launch(binaries, data, cluster, port, account);
    const owner = await waitUntilReady(child, port, cluster, password, deadline);
    if (owner) {
      clearUnfinished(data);
      return owned({ pid: child.pid as number, port, cluster, password }, owner);
    }
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

async function waitUntilReady(child: ChildProcess, port: number, cluster: string, password: string, deadline: number) {
  child.once('error', () => {}); // it shows as a process without a number
  while (child.pid !== undefined && child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    const client = await connect(port, password);
    if (client) {
      if (await takeOwnership(client)) return client;
      await client.end();
      throw takenByAnother(cluster); // it started beside us and was quicker, with the server that we launched
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
