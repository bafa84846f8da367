import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { run } from '../cli/run.js';
import { freePort } from '../support/ports.js';
import { PROJECT, cleanUpProcesses, makeFolder, spawnGateway } from '../support/process.js';

/** What runs already is named when a second gateway is started beside it, and is not disturbed. */
vi.setConfig({ testTimeout: 60_000 });

const folder = makeFolder();
const devEnv = join(folder, '.data/dev.env');
let port: number;
let gateway: ReturnType<typeof spawnGateway>;
let env: Record<string, string>;

beforeAll(async () => {
  port = await freePort();
  env = { PATH: process.env['PATH'] ?? '', HOME: folder, PORT: `${port}` };
  gateway = spawnGateway(folder, { env });
  await gateway.ready();
  writeFileSync(devEnv, 'KEPT=1\n');
});
afterAll(cleanUpProcesses);

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

test('npm run dev checks before it watches, so that it exits', () => {
  const { scripts } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { scripts: { dev: string } };
  expect(scripts.dev).toMatch(/&& node scripts\/require-free\.mjs && tsx watch scripts\/dev\.ts$/);
});
