import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { call, refreshSession, requestOtp, somePhone, verifyOtp } from '../support/calls.js';
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

/** The gateway with nothing configured, as `npm start` on a bare machine. */
afterAll(cleanUpProcesses);
vi.setConfig({ testTimeout: 60_000 }); // a start takes a second, on a busy machine several

/** Shared by the tests, one after the other, that need no first start of their own: that takes three times as long as any later one. */
const folder = makeFolder();

const RUNS_AS_ROOT = process.getuid?.() === 0;

async function start(folder: string, options?: SpawnOptions): Promise<GatewayProcess & Addresses> {
  const gateway = spawnGateway(folder, options);
  return Object.assign(gateway, await gateway.ready());
}

/** A first or a further sign-in, with the code from the log. */
async function signIn(gateway: GatewayProcess & Addresses, phone = somePhone()) {
  const attempt = await requestOtp(gateway.graphqlUrl, { phone });
  const code = gateway.codeOf(attempt.attemptId);
  const session = await verifyOtp(gateway.graphqlUrl, { ...attempt, code });
  expect(session).toMatchObject({ __typename: 'Session', user: { phone } });
  return session;
}

/** Stops it in the ordinary way: exit code 0, nothing on standard error, no process left. */
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

/** initdb is at work, in a folder beside the one it will become. */
function isMakingData(folder: string): boolean {
  const parent = dataOf(folder);
  if (!existsSync(parent) || existsSync(clusterOf(folder))) return false;
  try {
    return readdirSync(parent).some((entry) => existsSync(join(parent, entry, 'PG_VERSION')));
  } catch (error) {
    // For root the folder is made, tried, and taken away again for a moment.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

describe('with nothing configured', () => {
  test('it starts its own PostgreSQL, migrates it, and what it prints signs a person in', async () => {
    const gateway = await start(folder);
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
    await stop(gateway, folder);
  });

  test('people, sessions and tokens outlive a restart', async () => {
    const options = { env: { PORT: `${await freePort()}` } }; // the address is part of a token
    const first = await start(folder, options);
    const phone = somePhone();
    const before = await signIn(first, phone);
    await stop(first, folder);

    const second = await start(folder, options);
    expect(second.stdout()).not.toContain('database.migrated');
    const me = await call<{ me: { phone: string } }>(
      second.graphqlUrl,
      '{ me { phone } }',
      {},
      { authorization: `Bearer ${before.accessToken}` },
    );
    expect(me.data.me).toEqual({ phone });
    expect(await refreshSession(second.graphqlUrl, before.refreshToken)).toMatchObject({
      __typename: 'Session',
      user: { id: before.user.id },
    });
    expect((await signIn(second, phone)).user.id).toBe(before.user.id);
    await stop(second, folder);
  });

  test('Ctrl-C, a closed terminal and a service manager each end it with exit code 0 and no process behind', async () => {
    for (const [name, how] of [
      ['SIGINT', 'signalGroup'],
      ['SIGHUP', 'signalGroup'],
      ['SIGTERM', 'signal'],
    ] as const) {
      const gateway = await start(folder);
      const family = familyOf(gateway.pid);
      expect(family.length).toBeGreaterThan(2); // itself, the server, and the server's own processes
      gateway[how](name);
      expect(await gateway.exited).toEqual({ code: 0, signal: null });
      expect(await untilGone([...family, ...serversOf(folder)])).toEqual([]);
      expect(existsSync(join(clusterOf(folder), 'postmaster.pid'))).toBe(false);
    }
  });

  test('a second one on the same folder says so and leaves the first alone', async () => {
    const first = await start(folder);
    const second = spawnGateway(folder);
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.stdout()).toBe('');
    expect(second.stderr()).toMatch(/^Another Phonegate is already running on the data in \S+: .+\.\n$/);
    await signIn(first);
    await stop(first, folder);
  });

  test('of two started at once on an empty folder one serves, and the other says why it does not', async () => {
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

describe('stopped while it starts', () => {
  /** What is there to see of each stage of a first start. */
  const stages = {
    'makes the data folder': isMakingData,
    'starts the server': (folder: string) => existsSync(join(clusterOf(folder), 'postmaster.pid')),
  };
  test.each(Object.entries(stages))('as it %s: nothing is left, and the next start works', async (_, reached) => {
    const folder = makeFolder();
    const gateway = spawnGateway(folder);
    await until(() => reached(folder));
    const family = familyOf(gateway.pid);
    gateway.signal('SIGTERM');
    expect((await gateway.exited).code).toBe(0);
    expect(await untilGone([...family, ...serversOf(folder)])).toEqual([]);

    const next = await start(folder);
    await signIn(next);
    await stop(next, folder);
  });
});

describe('killed', () => {
  test('alone: the next start takes the running PostgreSQL over, and stopping leaves nothing', async () => {
    const first = await start(folder);
    const { user } = await signIn(first);
    const server = postmasterOf(folder);
    first.signal('SIGKILL');
    await first.exited;
    expect(serversOf(folder)).toContain(server);

    const second = await start(folder);
    expect(postmasterOf(folder)).toBe(server);
    expect((await signIn(second, user.phone)).user.id).toBe(user.id);
    await stop(second, folder);
    expect(await untilGone([server])).toEqual([]);
  });

  test('with everything it started: the next start recovers what was written', async () => {
    const first = await start(folder);
    const session = await signIn(first);
    const family = familyOf(first.pid);
    killAll(family);
    expect(await untilGone(family)).toEqual([]);
    expect(existsSync(join(clusterOf(folder), 'postmaster.pid'))).toBe(true);

    const second = await start(folder);
    expect(await refreshSession(second.graphqlUrl, session.refreshToken)).toMatchObject({
      __typename: 'Session',
      user: { id: session.user.id },
    });
    await stop(second, folder);
  });

  test.each(['alone', 'with everything it started'])(
    '%s while it makes the data folder: the next start begins anew',
    async (how) => {
      const folder = makeFolder();
      const first = spawnGateway(folder);
      await until(() => isMakingData(folder));
      killAll(how === 'alone' ? [first.pid] : familyOf(first.pid));
      await first.exited;
      expect(existsSync(clusterOf(folder))).toBe(false);

      const second = await start(folder);
      await signIn(second);
      await stop(second, folder);
      expect(readdirSync(dataOf(folder))).toEqual(['cluster']); // and no half-made one
    },
  );
});

describe('accounts and folders', () => {
  test('a folder that only its owner can enter, also root', async () => {
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

  // An ordinary user's own run of the tests is this test, all of it.
  if (RUNS_AS_ROOT) {
    test('an ordinary user', async () => {
      const uid = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }));
      const gid = Number(execFileSync('id', ['-g', 'nobody'], { encoding: 'utf8' }));
      const folder = makeFolder();
      chownSync(folder, uid, gid);
      const gateway = await start(folder, { uid, gid, ...reachableBy({ uid, gid }) });
      await signIn(gateway);
      expect(familyOf(gateway.pid).map(ownerOf)).toEqual(familyOf(gateway.pid).map(() => uid));
      await stop(gateway, folder);
    });
  }
});

const ownerOf = (pid: number) => Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

/** Where an account finds Node and the project: as they are, or copied out of a folder that only root can enter. */
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
