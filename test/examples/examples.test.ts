import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { freePort } from '../support/ports.js';
import { PROJECT, cleanUpProcesses } from '../support/process.js';
import { type ApplicationGateway, startApplicationGateway } from '../packages/support/gateway-of-application.js';
import { signIn, withPage } from './support/page.js';
import { runProgram, startProgram } from '../packages/support/program.js';
import { type Workspace, createWorkspace } from './support/workspace.js';

vi.setConfig({ testTimeout: 120_000 }); // Next.js builds for twenty seconds, and the machine has other tests to run

let workspace: Workspace;
let gateway: ApplicationGateway;

beforeAll(async () => {
  [workspace, gateway] = await Promise.all([createWorkspace(), startApplicationGateway()]);
}, 300_000);
afterAll(async () => {
  await gateway?.stop();
  workspace?.remove();
  await cleanUpProcesses();
});

test('each example depends on exact versions, the same that the tests install', () => {
  const { dependencies: installed } = manifest(join(PROJECT, 'test/examples'));
  const used = examples().flatMap((name) => {
    const { dependencies, devDependencies } = manifest(join(PROJECT, 'examples', name));
    return Object.entries({ ...dependencies, ...devDependencies });
  });
  const { version } = manifest(join(PROJECT, 'packages/client'));
  const packages = { '@phonegate/client': `^${version}`, '@phonegate/react': `^${version}` };
  expect(Object.fromEntries(used)).toEqual({ ...installed, ...packages });
  for (const [name, range] of used) expect([name, range]).toEqual([name, { ...installed, ...packages }[name]]);
});

describe('Node', () => {
  test('signs in with a code, and is still signed in when it is started again', async () => {
    const cwd = workspace.copy('node');
    const first = start(cwd, '+77010000002');
    first.type(await gateway.codeAfter(() => first.writes('Code for +7701*****02: ')));
    expect([await first.ended, first.output()]).toEqual([
      0,
      expect.stringContaining('You are signed in as +77010000002.'),
    ]);
    expect(statSync(join(cwd, 'session.json')).mode & 0o077).toBe(0);

    const second = start(cwd);
    expect([await second.ended, second.output()]).toEqual([0, 'You are signed in as +77010000002.\n']);
  });

  test('says why a phone is refused', async () => {
    const program = start(workspace.copy('node'), '12');
    expect([await program.ended, program.output()]).toEqual([1, expect.stringMatching(/^INVALID_PHONE_NUMBER: \w/)]);
  });
});

describe.each(['apollo', 'urql'])('%s', (name) => {
  test('reads the code and the message of an error, not an empty object', async () => {
    const program = start(workspace.copy(name), '12');
    expect([await program.ended, program.output()]).toEqual([0, expect.stringMatching(/^INVALID_PHONE_NUMBER: \w/)]);
  });

  test('signs in with a code, and reads the user with the access token', async () => {
    const program = start(workspace.copy(name), '+996700000003');
    program.type(await gateway.codeAfter(() => program.writes('Code for +9967')));
    expect([await program.ended, program.output()]).toEqual([0, expect.stringContaining(`phone: '+996700000003'`)]);
  });
});

describe('Vite with React', () => {
  test('compiles, and the built page signs in and calls the API', async () => {
    const cwd = workspace.copy('vite-react');
    const env = { VITE_GATEWAY_URL: gateway.url, API_URL: await startApi() };
    await runProgram([workspace.program('typescript/bin/tsc')], { cwd, env });
    const vite = workspace.program('vite/bin/vite.js');
    await runProgram([vite, 'build'], { cwd, env });
    const port = `${await freePort()}`;
    const server = startProgram([vite, 'preview', '--port', port, '--strictPort'], { cwd, env });
    onTestFinished(() => server.stop());
    await server.writes(port);
    await withPage({ url: `http://localhost:${port}`, expects: /401 \(Unauthorized\)/ }, async (page) => {
      await signIn(page, gateway);
      await page.getByText('The API says 200: Hello +77010000002, your role is USER').waitFor();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('Phone number').waitFor();
    });
  });
});

describe('Next.js', () => {
  test('builds, renders the form on the server, and the page signs in', async () => {
    const cwd = workspace.copy('nextjs');
    // A server component may import the components: `'use client'` makes references of them, which the browser resolves.
    mkdirSync(join(cwd, 'app/imported'));
    writeFileSync(
      join(cwd, 'app/imported/page.tsx'),
      `import { PhoneLogin } from '@phonegate/react';
       export default () => <p>{String(Reflect.get(PhoneLogin, '$$typeof'))}</p>;`,
    );
    const env = { NEXT_PUBLIC_GATEWAY_URL: gateway.url, NEXT_TELEMETRY_DISABLED: '1' };
    const next = workspace.program('next/dist/bin/next');
    await runProgram([next, 'build'], { cwd, env });
    const port = `${await freePort()}`;
    const server = startProgram([next, 'start', '--port', port], { cwd, env });
    onTestFinished(() => server.stop());
    await server.writes('Ready');
    const url = `http://localhost:${port}`;
    const imported = await (await fetch(`${url}/imported`)).text();
    expect(imported).toContain('Symbol(react.client.reference)');
    const html = await (await fetch(url)).text();
    expect(html).toMatch(/<label[^>]*>Phone number<\/label>/);
    expect(html).toMatch(/<input[^>]*type="tel"/);
    await withPage({ url }, async (page) => {
      await signIn(page, gateway);
      await page.getByText('You are signed in as +77010000002.').waitFor();
      await page.reload();
      await page.getByText('You are signed in as +77010000002.').waitFor();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('Phone number').waitFor();
    });
  });
});

const start = (cwd: string, ...args: string[]) =>
  startProgram(['sign-in.mjs', ...args], { cwd, env: { GATEWAY_URL: gateway.url } });

/** The API of the examples. @returns its URL */
async function startApi(): Promise<string> {
  const file = pathToFileURL(join(PROJECT, 'examples/api.mjs')).href;
  const { createApi } = (await import(/* @vite-ignore */ file)) as { createApi: (issuer: string) => Server };
  const api = createApi(gateway.url).listen(0, 'localhost');
  onTestFinished(() => {
    api.close();
    api.closeAllConnections();
  });
  await new Promise((resolve) => api.once('listening', resolve));
  return `http://localhost:${(api.address() as AddressInfo).port}`;
}

interface Manifest {
  version: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const manifest = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

const examples = () =>
  readdirSync(join(PROJECT, 'examples'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
