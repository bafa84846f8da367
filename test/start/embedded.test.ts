import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Result, call, refreshSession, requestOtp, somePhone, verifyOtp } from '../support/calls.js';
import { devPhoneMessages } from '../support/dev-phone.js';
import type { PhoneMessage } from '../../src/web/dev-phone/settings.js';
import { freePort } from '../support/ports.js';
import {
  type Addresses,
  type GatewayProcess,
  PROJECT,
  type SpawnOptions,
  cleanUpProcesses,
  dataOf,
  familyOf,
  killAll,
  makeFolder,
  serversOf,
  spawnGateway,
  until,
  untilGone,
} from '../support/process.js';

// The gateway without configuration, as with `npm start` on a new machine.
afterAll(cleanUpProcesses);
vi.setConfig({ testTimeout: 60_000 }); // a start takes a second, on a busy machine several

const RUNS_AS_ROOT = process.getuid?.() === 0;

async function start(folder: string, options?: SpawnOptions): Promise<GatewayProcess & Addresses> {
  const gateway = spawnGateway(folder, options);
  return Object.assign(gateway, await gateway.ready());
}

/** Signs in with the code from the log. */
async function signIn(gateway: GatewayProcess & Addresses, phone = somePhone()) {
  const attempt = await requestOtp(gateway.graphqlUrl, { phone });
  const code = gateway.codeOf(attempt.attemptId);
  const session = await verifyOtp(gateway.graphqlUrl, { ...attempt, code });
  expect(session).toMatchObject({ __typename: 'Session', user: { phone } });
  return session;
}

/** Stops a gateway with SIGTERM: exit code 0, nothing on standard error, no process left. */
async function stop(gateway: GatewayProcess, folder: string): Promise<void> {
  const family = familyOf(gateway.pid);
  gateway.signal('SIGTERM');
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
  expect(gateway.stderr()).toBe('');
  expect(await untilGone([...family, ...serversOf(folder)])).toEqual([]);
}

const clusterOf = (folder: string) => join(dataOf(folder), 'cluster');
const postmasterOf = (folder: string) =>
  Number(readFileSync(join(clusterOf(folder), 'postmaster.pid'), 'utf8').split('\n')[0]);

/** The folders in which initdb is running, or was interrupted. Each becomes the cluster when it is complete. */
function unfinishedClusters(folder: string): string[] {
  const parent = dataOf(folder);
  if (!existsSync(parent) || existsSync(clusterOf(folder))) return [];
  try {
    return readdirSync(parent).filter((entry) => existsSync(join(parent, entry, 'PG_VERSION')));
  } catch (error) {
    // For root the folder is made, tried, and removed again for a moment.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

describe('without configuration', () => {
  /**
   * A start on a new folder takes three times as long as a later one, and each start takes a second. So these tests
   * share a folder and a gateway, which is started again after a test has ended it.
   */
  const folder = makeFolder();
  let port: number;
  let running: (GatewayProcess & Addresses) | undefined;
  const gatewayOnFolder = async () => (running ??= await start(folder, { env: { PORT: `${port}` } }));

  beforeAll(async () => {
    port = await freePort(); // one port for all starts, because the URL is part of a token
  });

  /** Data that was stored before a restart still exists after it. */
  async function expectKept(session: Result): Promise<void> {
    const gateway = await gatewayOnFolder();
    const { user, accessToken, refreshToken } = session;
    const headers = { authorization: `Bearer ${accessToken}` };
    const me = await call<{ me: { phone: string } }>(
      { url: gateway.graphqlUrl, headers: headers },
      '{ me { phone } }',
      {},
    );
    expect(me.data.me).toEqual({ phone: user.phone });
    const refreshed = await refreshSession(gateway.graphqlUrl, refreshToken);
    expect(refreshed).toMatchObject({ __typename: 'Session', user: { id: user.id } });
    expect((await signIn(gateway, user.phone)).user.id).toBe(user.id);
  }

  test('the gateway starts and migrates its own PostgreSQL, and the URLs it prints sign a user in', async () => {
    const gateway = await gatewayOnFolder();
    expect(gateway.stdout()).toContain('"event":"database.migrated"');
    expect(existsSync(clusterOf(folder))).toBe(true);
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200);

    const printed = (name: string) => new RegExp(`^ +${name} +(\\S+)`, 'm').exec(gateway.stdout())?.[1] ?? '';
    expect((await fetch(printed('Login page'))).status).toBe(200);
    const phone = somePhone();
    const attempt = await requestOtp(printed('GraphQL'), { phone });
    const tab = new AbortController();
    const messages = devPhoneMessages(new URL(printed("Developer's phone")).origin, tab.signal);
    const { value: message } = await messages.next();
    await messages.return(undefined);
    tab.abort();
    expect(message).toMatchObject({ phone, code: expect.stringMatching(/^\d{6}$/) });
    const { code = '' } = message as PhoneMessage;
    expect(await verifyOtp(printed('GraphQL'), { ...attempt, code })).toMatchObject({ __typename: 'Session' });
  });

  test('a second gateway on the same folder ends with an error, and the first one works on', async () => {
    const first = await gatewayOnFolder();
    const second = spawnGateway(folder);
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.stdout()).toBe('');
    expect(second.stderr()).toMatch(/^Another Phonegate already uses the data in \S+: process \d+, http:\S+\. .+\.\n$/);
    await signIn(first);
  });

  test.each([
    ['Ctrl-C', 'SIGINT', 'signalGroup'],
    ['a closed terminal', 'SIGHUP', 'signalGroup'],
    ['a service manager', 'SIGTERM', 'signal'],
  ] as const)(
    '%s ends the gateway with exit code 0 and leaves no process; users, sessions and tokens outlive the restart',
    async (...[, signal, how]) => {
      const gateway = await gatewayOnFolder();
      const session = await signIn(gateway);
      const family = familyOf(gateway.pid);
      expect(family.length).toBeGreaterThan(2); // itself, the server, and the server's own processes
      running = undefined;
      gateway[how](signal);
      expect(await gateway.exited).toEqual({ code: 0, signal: null });
      expect(gateway.stderr()).toBe('');
      expect(await untilGone([...family, ...serversOf(folder)])).toEqual([]);
      expect(existsSync(join(clusterOf(folder), 'postmaster.pid'))).toBe(false);

      await expectKept(session);
      expect((await gatewayOnFolder()).stdout()).not.toContain('database.migrated');
    },
  );

  test('after the gateway and all its processes are killed, the next start recovers the written data', async () => {
    const gateway = await gatewayOnFolder();
    const session = await signIn(gateway);
    const family = [...familyOf(gateway.pid), ...serversOf(folder)];
    running = undefined;
    killAll(family);
    expect(await untilGone(family)).toEqual([]);
    expect(existsSync(join(clusterOf(folder), 'postmaster.pid'))).toBe(true);

    await expectKept(session);
    const next = await gatewayOnFolder();
    running = undefined;
    await stop(next, folder);
  });

  test('after only the gateway is killed, the next start takes over the running PostgreSQL, and stopping leaves no process', async () => {
    const gateway = await gatewayOnFolder();
    const session = await signIn(gateway);
    const server = postmasterOf(folder);
    running = undefined;
    gateway.signal('SIGKILL');
    await gateway.exited;
    expect(serversOf(folder)).toContain(server);

    const next = await start(folder);
    expect(postmasterOf(folder)).toBe(server);
    expect((await signIn(next, session.user.phone)).user.id).toBe(session.user.id);
    await stop(next, folder);
    expect(await untilGone([server])).toEqual([]);
  });

  test('of two gateways started at once on an empty folder one serves, and the other ends with an error', async () => {
    const folder = makeFolder();
    const both = [spawnGateway(folder), spawnGateway(folder)];
    const results = await Promise.allSettled(both.map((gateway) => gateway.ready()));
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const [winner, loser] = (results[0]?.status === 'fulfilled' ? both : both.toReversed()) as [
      GatewayProcess,
      GatewayProcess,
    ];
    expect((await loser.exited).code).toBe(1);
    expect(loser.stderr()).toMatch(/^\S.*\.\n$/);
    await signIn(Object.assign(winner, await winner.ready()));
    await stop(winner, folder);
  });
});

/** Starts a gateway that must not start. @returns what it prints */
async function refusalOf(folder: string, options: SpawnOptions = {}): Promise<string> {
  const startedAt = performance.now();
  const gateway = spawnGateway(folder, options);
  expect(await gateway.exited).toEqual({ code: 1, signal: null });
  expect(performance.now() - startedAt).toBeLessThan(30_000);
  expect(gateway.stdout()).toBe('');
  expect(await untilGone(serversOf(folder))).toEqual([]);
  return gateway.stderr();
}

describe('a data folder that cannot be used', () => {
  test('is named, with the reason of PostgreSQL, when others may read it', async () => {
    const folder = makeFolder();
    await stop(await start(folder), folder);
    chmodSync(clusterOf(folder), 0o755);
    const text = await refusalOf(folder);
    expect(text).toMatch(/^The embedded PostgreSQL does not start: data directory .* has invalid permissions\. /);
    expect(text).toMatch(/u=rwx \(0700\)[^\n]*postgres\.log\.\n$/);
    chmodSync(clusterOf(folder), 0o700);
    await stop(await start(folder), folder);
  });

  // If an ordinary user runs the tests, the account of the tests could write everywhere it needs to.
  test.runIf(RUNS_AS_ROOT)('is named when the account may not write there, without a stack trace', async () => {
    const account = { uid: 65534, gid: 65534 };
    const folder = makeFolder();
    chmodSync(folder, 0o755);
    const text = await refusalOf(folder, { ...account, ...reachableBy(account) });
    expect(text).toBe(
      `${join(realpathSync(folder), '.data')} cannot be used: this account may not (EACCES). Start Phonegate in a folder that this account can write to, or set DATABASE_URL.\n`,
    );
  });

  test('is named when there is a file of its name', async () => {
    const folder = makeFolder();
    writeFileSync(join(folder, '.data'), '');
    expect(await refusalOf(folder)).toMatch(/^\S+\.data\S* cannot be used: .* set DATABASE_URL\.\n$/);
  });
});

describe('a first start that is interrupted', () => {
  /** The kills leave different remains in this folder, and the last start meets all of them. */
  const folder = makeFolder();

  /** Starts a gateway, and interrupts it when it has come this far. */
  async function interrupt(
    folder: string,
    reached: () => boolean,
    how: (gateway: GatewayProcess) => void,
  ): Promise<{ code: number | null; family: number[] }> {
    const gateway = spawnGateway(folder);
    await until(reached, 50_000);
    const family = familyOf(gateway.pid);
    how(gateway);
    return { code: (await gateway.exited).code, family };
  }

  function isMakingData(): () => boolean {
    const before = new Set(unfinishedClusters(folder));
    return () => unfinishedClusters(folder).some((entry) => !before.has(entry));
  }

  test('by killing everything while it makes the data folder leaves no cluster', async () => {
    await interrupt(folder, isMakingData(), ({ pid }) => killAll(familyOf(pid)));
    expect(existsSync(clusterOf(folder))).toBe(false);
  });

  test('by killing the gateway alone while it makes the data folder leaves no cluster', async () => {
    await interrupt(folder, isMakingData(), ({ pid }) => killAll([pid]));
    expect(existsSync(clusterOf(folder))).toBe(false);
  });

  test('by SIGTERM while it makes the data folder ends with exit code 0 and leaves no process', async () => {
    const { code, family } = await interrupt(folder, isMakingData(), (gateway) => gateway.signal('SIGTERM'));
    expect(code).toBe(0);
    expect(await untilGone([...family, ...serversOf(folder)])).toEqual([]);
  });

  test('works at the next start, with one cluster and no unfinished one', async () => {
    const next = await start(folder);
    await signIn(next);
    await stop(next, folder);
    expect(readdirSync(dataOf(folder))).toEqual(['cluster']);
  });

  test('by SIGTERM while it starts the server ends with exit code 0, leaves no process, and works at the next start', async () => {
    const folder = makeFolder();
    const isStarting = () => existsSync(join(clusterOf(folder), 'postmaster.pid'));
    const { code, family } = await interrupt(folder, isStarting, (gateway) => gateway.signal('SIGTERM'));
    expect(code).toBe(0);
    expect(await untilGone([...family, ...serversOf(folder)])).toEqual([]);

    const next = await start(folder);
    await signIn(next);
    await stop(next, folder);
  });
});

describe('accounts and folders', () => {
  test('a gateway starts and restarts in a folder that only its owner can enter, also as root', async () => {
    const owners = makeFolder();
    const folder = join(owners, 'service');
    mkdirSync(folder);
    chmodSync(owners, 0o700);
    const first = await start(folder);
    expect(lstatSync(join(folder, '.data/postgres')).isSymbolicLink()).toBe(RUNS_AS_ROOT);
    const { user } = await signIn(first);
    await stop(first, folder);
    const second = await start(folder);
    expect((await signIn(second, user.phone)).user.id).toBe(user.id);
    await stop(second, folder);
  });

  // If an ordinary user runs the tests, every test here covers this case.
  if (RUNS_AS_ROOT) {
    test('a gateway started by an ordinary user runs PostgreSQL as that user', async () => {
      const uid = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }));
      const gid = Number(execFileSync('id', ['-g', 'nobody'], { encoding: 'utf8' }));
      const folder = makeFolder();
      chownSync(folder, uid, gid);
      const gateway = await start(folder, { uid, gid, ...reachableBy({ uid, gid }) });
      await signIn(gateway);
      const family = familyOf(gateway.pid);
      expect(family.length).toBeGreaterThan(1);
      expect(new Set(family.map(ownerOf).filter((owner) => owner !== undefined))).toEqual(new Set([uid]));
      await stop(gateway, folder);
    });
  }
});

/** Undefined if the process has ended. */
function ownerOf(pid: number): number | undefined {
  try {
    return Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Node.js and the project in a place that the account can reach: in place, or copied out of a folder that only root can
 * enter.
 */
function reachableBy(account: { uid: number; gid: number }): { node?: string; project?: string } {
  const script = 'require("fs").accessSync(process.argv[1])';
  const check = spawnSync(process.execPath, ['-e', script, join(PROJECT, 'dist/main.js')], { ...account, cwd: '/' });
  if (check.status === 0) return {};
  const project = makeFolder();
  const node = join(project, 'node');
  cpSync(process.execPath, node);
  const { packages } = JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  const needed = Object.keys(packages).filter((path) => path !== '' && !packages[path]?.dev);
  for (const path of ['dist', 'prisma', 'package.json', ...needed]) {
    if (existsSync(join(PROJECT, path))) {
      cpSync(join(PROJECT, path), join(project, path), { recursive: true, verbatimSymlinks: true });
    }
  }
  return { node, project };
}
