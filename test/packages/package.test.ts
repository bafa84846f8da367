import { mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build as esbuild } from 'esbuild';
import { type Rolldown, createLogger, build as vite } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROJECT, cleanUpProcesses, makeFolder } from '../support/process.js';
import { installTarballs, packTarball, run } from './support/tarballs.js';

/** What an application has beside the packages, and what its tests need. */
const OF_THE_APPLICATION = ['react', 'react-dom', 'scheduler', 'csstype', '@types/react', '@types/react-dom'];

let withClient: string;
let withReact: string;

/** Two empty projects: one installs the client, the other one the components, too. */
beforeAll(async () => {
  const [client, react] = await Promise.all([packTarball('client'), packTarball('react')]);
  [withClient, withReact] = await Promise.all([application([client]), application([client, react])]);
  for (const name of OF_THE_APPLICATION) link(name);
}, 120_000);
afterAll(cleanUpProcesses);

describe('an application that installs the client', () => {
  test('receives one package of at most 100 kB, without dependencies', () => {
    expect(packagesIn(withClient)).toEqual(['@phonegate/client']);
    expect(reportedSize('@phonegate/client', sizeOf(withClient))).toBeLessThanOrEqual(100_000);
  });

  test('imports it in Node, without a window: nothing starts, and no global changes', async () => {
    const program = `
      const before = Object.getOwnPropertyNames(globalThis).length;
      const client = await import('@phonegate/client');
      console.log(JSON.stringify({
        names: Object.keys(client),
        globals: Object.getOwnPropertyNames(globalThis).length - before,
        running: process.getActiveResourcesInfo().filter((name) => /Timeout|Port|Socket|Server/.test(name)),
        window: typeof window,
      }));`;
    const loaded = JSON.parse(await evaluate(withClient, program));
    expect(loaded).toMatchObject({ globals: 0, running: [], window: 'undefined' });
    expect(loaded.names).toContain('createPhonegate');
  });

  test('can load it with require() from a CommonJS module', async () => {
    const file = join(withClient, 'load.cjs');
    writeFileSync(file, `console.log(typeof require('@phonegate/client').createPhonegate);`);
    expect((await run(process.execPath, ['--no-warnings', file])).stdout).toBe('function\n');
  });

  test('can be bundled with Vite and with esbuild, without a warning', async () => {
    writeFileSync(join(withClient, 'main.js'), SIGN_IN);
    const sizes = await bundle(join(withClient, 'main.js'));
    console.log(
      `Ten lines that sign in, bundled with @phonegate/client: Vite ${sizes.vite} bytes, esbuild ${sizes.esbuild} bytes`,
    );
    for (const size of Object.values(sizes)) expect(size).toBeGreaterThan(2_000);
  });
});

describe('an application that installs the components', () => {
  test('receives at most 300 kB beside React', () => {
    expect(packagesIn(withReact)).toEqual(['@phonegate/client', '@phonegate/react', 'uqr']);
    expect(reportedSize('@phonegate/react with its dependencies', sizeOf(withReact))).toBeLessThanOrEqual(300_000);
  });

  test('imports them in Node, without a window, and finds their style', async () => {
    const program = `console.log(Object.keys(await import('@phonegate/react')).join(), process.getActiveResourcesInfo().includes('Timeout'))`;
    expect(await evaluate(withReact, program)).toMatch(/\bPhoneLogin\b.* false\n$/);
    const style = await evaluate(withReact, `console.log(import.meta.resolve('@phonegate/react/style.css'))`);
    expect(readFileSync(new URL(style.trim()), 'utf8')).toContain('--phonegate-accent');
  });

  test('can be bundled with Vite and with esbuild, without a warning', async () => {
    writeFileSync(join(withReact, 'main.jsx'), FORM);
    const sizes = await bundle(join(withReact, 'main.jsx'));
    console.log(`The form, bundled with React: Vite ${sizes.vite} bytes, esbuild ${sizes.esbuild} bytes`);
    for (const size of Object.values(sizes)) expect(size).toBeGreaterThan(100_000);
  });

  test.each(['nodenext', 'bundler'])('compiles against the types of both packages: %s', async (resolution) => {
    writeFileSync(join(withReact, 'main.tsx'), TYPED);
    const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
    const options = [
      '--noEmit',
      '--strict',
      '--target',
      'es2023',
      '--lib',
      'es2023,dom',
      '--jsx',
      'react-jsx',
      '--types',
      '',
    ];
    const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
    const compiled = run(
      process.execPath,
      [tsc, ...options, '--module', module, '--moduleResolution', resolution, 'main.tsx'],
      {
        cwd: withReact,
      },
    ).catch((error: { stdout: string }) => error);
    expect((await compiled).stdout).toBe('');
  });
});

const SIGN_IN = `
import { createPhonegate } from '@phonegate/client';

const phonegate = createPhonegate({ url: 'https://login.example.com' });
const attempt = await phonegate.requestOtp({ phone: '+77010000002' });
if (attempt.__typename === 'OtpRequested') {
  const answer = await phonegate.verifyOtp({ ...attempt, code: prompt('Code') });
  if (answer.__typename === 'Session') document.title = answer.user.phone;
}
`;

const FORM = `
import { createPhonegate } from '@phonegate/client';
import { PhoneLogin } from '@phonegate/react';
import '@phonegate/react/style.css';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';

const client = createPhonegate({ url: 'https://login.example.com' });
createRoot(document.body).render(createElement(PhoneLogin, { client }));
`;

const TYPED = `
import { createPhonegate, type LoginAttempt } from '@phonegate/client';
import { PhoneLogin, usePhoneLogin, useSession } from '@phonegate/react';
import '@phonegate/react/style.css';

const client = createPhonegate({ url: 'https://login.example.com', locale: 'kk' });
export function App() {
  const { status } = useSession(client);
  return status === 'signed-in' ? null : <PhoneLogin client={client} locale="fa" />;
}
export async function signIn(phone: string, code: string): Promise<string | undefined> {
  const asked = await client.requestOtp({ phone });
  if (asked.__typename !== 'OtpRequested') return asked.message;
  for await (const attempt of client.watchLogin(asked)) console.log((attempt satisfies LoginAttempt).delivery?.status);
  const answer = await client.verifyOtp({ ...asked, code });
  if (answer.__typename === 'IncorrectCode') return String(answer.triesLeft satisfies number);
  // @ts-expect-error An expectation: compilation fails if an answer other than a Session has a user.
  void answer.user;
  return answer.__typename === 'Session' ? answer.user.phone : answer.code;
}
export const login = (): ReturnType<typeof usePhoneLogin> => usePhoneLogin(client);
`;

async function application(tarballs: string[]): Promise<string> {
  const folder = makeFolder();
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  await installTarballs(folder, tarballs);
  return folder;
}

function link(name: string): void {
  const path = join(withReact, 'node_modules', name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(join(PROJECT, 'node_modules', name), path);
}

/** The names of the packages that npm installed. Links are the application's own. */
function packagesIn(folder: string): string[] {
  const modules = join(folder, 'node_modules');
  const installed = (scope: string) =>
    readdirSync(join(modules, scope), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return installed('.')
    .flatMap(({ name }) => (name.startsWith('@') ? installed(name).map((entry) => `${name}/${entry.name}`) : [name]))
    .toSorted();
}

/** The sum of the bytes of all files of these packages. */
function sizeOf(folder: string): number {
  return packagesIn(folder)
    .flatMap((name) => readdirSync(join(folder, 'node_modules', name), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

function reportedSize(what: string, bytes: number): number {
  console.log(`${what}: ${bytes.toLocaleString('en')} bytes installed`);
  return bytes;
}

/** Runs a program in Node. It must end by itself, and write nothing to the standard error. */
async function evaluate(cwd: string, program: string): Promise<string> {
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', program], {
    cwd,
    timeout: 10_000,
  });
  expect(stderr).toBe('');
  return stdout;
}

/** While Vitest runs it is another one, and React's code for development would be bundled. */
const PRODUCTION = { 'process.env.NODE_ENV': '"production"' };

/** Bundles an application with both bundlers. @returns bytes of JavaScript */
async function bundle(input: string): Promise<{ vite: number; esbuild: number }> {
  const warnings: string[] = [];
  const customLogger = { ...createLogger('silent'), warn: (message: string) => void warnings.push(message) };
  const built = (await vite({
    configFile: false,
    root: dirname(input),
    logLevel: 'silent',
    customLogger,
    define: PRODUCTION,
    build: {
      write: false,
      target: 'es2023',
      rolldownOptions: {
        input,
        // How busy the machine is, is no fault of the package. `'use client'` means nothing to Vite, which its React plugin knows.
        checks: { pluginTimings: false, moduleLevelDirective: false },
      },
    },
  })) as Rolldown.RolldownOutput;
  const { outputFiles, warnings: ofEsbuild } = await esbuild({
    entryPoints: [input],
    outdir: dirname(input),
    write: false,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2023',
    define: PRODUCTION,
    logLevel: 'silent',
  });
  expect([...warnings, ...ofEsbuild.map(({ text }) => text)]).toEqual([]);
  return {
    vite: built.output.reduce((sum, file) => sum + (file.type === 'chunk' ? file.code.length : 0), 0),
    esbuild: outputFiles.reduce((sum, { path, contents }) => sum + (path.endsWith('.js') ? contents.length : 0), 0),
  };
}
