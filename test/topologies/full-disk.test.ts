import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { postgresAccount } from '../../src/db/embedded/account.js';
import { migrate } from '../../src/db/migrate.js';
import { fetchHealth, startGateway, type TestGateway } from '../support/gateway.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { cleanUpProcesses, makeFolder } from '../support/process.js';
import { signIn } from '../support/sign-in.js';
import { recordFigure } from './support/record-figure.js';

/** Enough for the database, and little more. */
const DISK = '48m';

/** Runs a command of the administrator. The ordinary account of a CI runner may use sudo. */
function asRoot(...command: string[]): void {
  const [program = '', ...args] = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command];
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
}

describe('PostgreSQL with a full disk', () => {
  const folder = makeFolder();
  const disk = join(folder, 'disk');
  const ballast = join(disk, 'ballast');
  let server: PostgresServer;
  let gateway: TestGateway;
  beforeAll(async () => {
    mkdirSync(disk);
    asRoot('mount', '-t', 'tmpfs', '-o', `size=${DISK},mode=1777`, 'tmpfs', disk);
    const space = join(disk, 'tablespace');
    mkdirSync(space);
    const { uid, gid } = postgresAccount();
    if (uid !== undefined && gid !== undefined) chownSync(space, uid, gid);
    server = await startPostgres();
    await server.query(`CREATE TABLESPACE small LOCATION '${space}'`);
    await server.query('CREATE DATABASE phonegate TABLESPACE small');
    const url = server.url.replace(/postgres$/, 'phonegate');
    await migrate(url);
    gateway = await startGateway({ DATABASE_URL: url });
  });
  afterAll(async () => {
    await gateway.stop();
    await server.stop();
    asRoot('umount', disk);
    await cleanUpProcesses();
  });

  const untilReady = (status: number, database: string) =>
    vi.waitFor(
      async () => {
        const response = await fetchHealth(gateway);
        expect([response.status, await response.json()]).toMatchObject([status, { database }]);
      },
      { timeout: 10_000, interval: 100 },
    );

  /** Takes what is left, in steps that become smaller. */
  function fill(): void {
    for (let bytes = 2 ** 20, file = 0; bytes >= 1; file += 1) {
      try {
        writeFileSync(`${ballast}-${file}`, Buffer.alloc(bytes));
      } catch {
        bytes = Math.floor(bytes / 2);
      }
    }
  }

  // It said ok while nothing could be written.
  test('makes the gateway not ready, until there is space again', async (context) => {
    await signIn(gateway);
    await untilReady(200, 'up');
    fill();
    const fullAt = performance.now();
    await untilReady(503, 'full');
    recordFigure(context, 'not ready after', `${((performance.now() - fullAt) / 1_000).toFixed(1)} s`);
    for (let file = 0; file < 200; file += 1) rmSync(`${ballast}-${file}`, { force: true });
    await untilReady(200, 'up');
    expect(await signIn(gateway)).toMatchObject({ __typename: 'Session' });
    expect(gateway.log.filter(({ event }) => event.endsWith('.bug'))).toEqual([]);
  });
});
