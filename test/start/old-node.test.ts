import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { run } from '../cli/run.js';
import { PROJECT, cleanUpProcesses, makeFolder } from '../support/process.js';

/** Every way to start a program of this project, on versions of Node.js that package.json does not allow. */
vi.setConfig({ testTimeout: 60_000, maxConcurrency: 3 });
afterAll(cleanUpProcesses);

const { engines } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { engines: { node: string } };
const NPM = realpathSync(execFileSync('which', ['npm'], { encoding: 'utf8' }).trim());

/** Imported by programs, and not started itself. */
const NO_PROGRAMS = new Set(['possible-types.mjs', 'attack-tests.mjs', 'audit.mjs', 'run-vitest.mjs']);
const SCRIPTS = readdirSync(join(PROJECT, 'scripts')).filter((name) => name.endsWith('.mjs') && !NO_PROGRAMS.has(name));
const PROGRAMS = ['bin/phonegate.mjs', 'dist/main.js', ...SCRIPTS.map((name) => `scripts/${name}`)];
const NPM_SCRIPTS = ['start', 'dev', 'examples', 'test'];

const script = new URL('../../scripts/install-programs.mjs', import.meta.url).href;
const { OLD_MAJORS, oldNode } = (await import(/* @vite-ignore */ script)) as {
  OLD_MAJORS: number[];
  oldNode(major: number): string;
};

/** The programs alone, without the packages and files that they import: the check must come before these are read. */
function copyPrograms(): string {
  const copy = makeFolder();
  for (const folder of ['bin', 'scripts']) cpSync(join(PROJECT, folder), join(copy, folder), { recursive: true });
  mkdirSync(join(copy, 'dist'));
  for (const file of ['dist/main.js', 'package.json']) copyFileSync(join(PROJECT, file), join(copy, file));
  return copy;
}

/** A folder whose `node` is the old one. npm itself keeps to the Node.js of the tests, because it refuses the old one. */
function pathWith(node: string): string {
  const folder = makeFolder();
  symlinkSync(node, join(folder, 'node'));
  writeFileSync(join(folder, 'npm'), `#!/bin/sh\nexec '${process.execPath}' '${NPM}' "$@"\n`, { mode: 0o755 });
  return folder;
}

function refusalOf(node: string) {
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1);
  const needed = engines.node.slice('>='.length);
  return {
    code: 1,
    stdout: '',
    stderr: `Phonegate needs Node.js ${needed} or later, and this is Node.js ${version} (${realpathSync(node)}): install a newer one from https://nodejs.org.\n`,
  };
}

describe.each(OLD_MAJORS)('on an old Node.js %i', (major) => {
  const node = oldNode(major);

  test.concurrent.each(PROGRAMS)('%s exits with 1 and one line that says which Node.js it needs', async (program) => {
    expect(await run(node, [join(copyPrograms(), program)])).toEqual(refusalOf(node));
  });
});

test.concurrent.each(NPM_SCRIPTS)(
  'npm run %s exits with 1 and one line that says which Node.js it needs',
  async (script) => {
    const node = oldNode(20);
    const folder = pathWith(node);
    const env = { PATH: [folder, '/usr/bin', '/bin'].join(delimiter), HOME: folder };
    const ended = await run(join(folder, 'npm'), ['run', '--silent', script], { env, folder: copyPrograms() });
    expect(ended).toEqual(refusalOf(node));
  },
);
