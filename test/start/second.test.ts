import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { run } from '../cli/run.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { freePort } from '../support/ports.js';
import { PROJECT, cleanUpProcesses, makeFolder, spawnGateway, until } from '../support/process.js';

/** What runs already is named when a second gateway is started beside it, and is not disturbed. */
vi.setConfig({ testTimeout: 60_000 });

const folder = makeFolder();
const devEnv = join(folder, '.data/dev.env');
let database: TestDatabase;
let port: number;
let gateway: ReturnType<typeof spawnGateway>;
let env: Record<string, string>;

beforeAll(async () => {
  database = await createDatabase();
  port = await freePort();
  env = { PATH: process.env['PATH'] ?? '', HOME: folder, PORT: `${port}` };
  gateway = spawnGateway(folder, { env });
  await gateway.ready();
  writeFileSync(devEnv, 'KEPT=1\n');
});
afterAll(async () => {
  await cleanUpProcesses();
  await database.drop();
});

const running = () =>
  `Phonegate is already running with the data in ${join(realpathSync(folder), '.data')}: process ${gateway.pid}, http://localhost:${port}. Stop it first, or start this one in another folder with another PORT.\n`;

async function expectUndisturbed(): Promise<void> {
  expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
  expect(readFileSync(devEnv, 'utf8')).toBe('KEPT=1\n');
}

test('npm start on the same port names the process, the address and the data of the one that runs', async () => {
  const second = spawnGateway(folder, { env });
  expect(await second.exited).toEqual({ code: 1, signal: null });
  expect(second.stdout()).toBe('');
  expect(second.stderr()).toBe(running());
  await expectUndisturbed();
});

test('npm start on another port names the process and the address that use the data', async () => {
  const second = spawnGateway(folder, { env: { ...env, PORT: '0' } });
  expect(await second.exited).toEqual({ code: 1, signal: null });
  expect(second.stderr()).toMatch(
    new RegExp(
      `^Another Phonegate already uses the data in \\S+: process ${gateway.pid}, http://localhost:${port}\\. .+\\.\\n$`,
    ),
  );
  await expectUndisturbed();
});

test('npm start in another folder on the same port says that the port is in use', async () => {
  const elsewhere = makeFolder();
  const second = spawnGateway(elsewhere, { env });
  expect((await second.exited).code).toBe(1);
  expect(second.stderr()).toMatch(new RegExp(`^Port ${port} is already in use\\..*\\n$`));
  expect(existsSync(join(elsewhere, '.data'))).toBe(false);
});

test.each(['require-free.mjs', 'examples.mjs'])(
  'scripts/%s, which npm run dev or npm run examples starts, names it too and changes nothing',
  async (script) => {
    const ended = await run(process.execPath, [join(PROJECT, 'scripts', script)], { folder, env });
    expect(ended).toEqual({ code: 1, stdout: '', stderr: running() });
    const onAnotherPort = { ...env, PORT: `${await freePort()}` };
    const again = await run(process.execPath, [join(PROJECT, 'scripts', script)], { folder, env: onAnotherPort });
    expect(again).toEqual({ code: 1, stdout: '', stderr: running() });
    await expectUndisturbed();
  },
);

test('npm run dev runs beside it in another folder, with simulators on free ports where the usual ones are in use', async () => {
  const used = createServer();
  // Another program may use the port already.
  await new Promise((resolve) => used.once('error', resolve).listen(4101, '127.0.0.1', () => resolve(undefined)));
  const elsewhere = makeFolder();
  const dev = spawnGateway(elsewhere, {
    env: { ...env, PORT: '0', DATABASE_URL: database.url },
    program: [join(PROJECT, 'node_modules/tsx/dist/cli.mjs'), join(PROJECT, 'scripts/dev.ts')],
  });
  await until(() => dev.stdout().includes('Simulated providers'), 50_000);
  const [, url = ''] = /^GREEN_API_URL='(.+)'$/m.exec(readFileSync(join(elsewhere, '.data/dev.env'), 'utf8')) ?? [];
  expect(url).not.toContain(':4101');
  expect((await fetch(`${url}/_messages`)).status).toBe(200);
  dev.signal('SIGTERM');
  await dev.exited;
  used.close();
  await expectUndisturbed();
});

test('npm run dev checks before it watches, so that it exits', () => {
  const { scripts } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { scripts: { dev: string } };
  expect(scripts.dev).toMatch(/&& node scripts\/require-free\.mjs && tsx watch scripts\/dev\.ts$/);
});
