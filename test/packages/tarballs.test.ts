import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { publint } from 'publint';
import { PROJECT, cleanUpProcesses } from '../support/process.js';
import { filesIn, packTarball } from './support/tarballs.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 }); // npm and the programs that check share the machine with other tests

const PUBLISHED = ['client', 'react'] as const;

let tarballs: Record<'client' | 'react' | 'gateway', string>;
beforeAll(async () => {
  const [client, react, gateway] = await Promise.all([
    packTarball('client'),
    packTarball('react'),
    packTarball('gateway'),
  ]);
  tarballs = { client, react, gateway };
});
afterAll(cleanUpProcesses);

describe.each(PUBLISHED)('the tarball of @phonegate/%s', (name) => {
  test('holds the compiled code, its declarations and what describes it, and nothing else', async () => {
    const files = await filesIn(tarballs[name]);
    const expected =
      /^(dist\/([\w-]+\/)*[\w-]+(\.d\.ts|\.js|\.css)|dist\/style\.css\.d\.ts|README\.md|CHANGELOG\.md|LICENSE|package\.json)$/;
    expect(files.filter((file) => !expected.test(file))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining([
        'README.md',
        'CHANGELOG.md',
        'LICENSE',
        'package.json',
        'dist/index.js',
        'dist/index.d.ts',
      ]),
    );
  });

  test('passes publint without a suggestion', async () => {
    const { buffer, byteOffset, byteLength } = readFileSync(tarballs[name]);
    const tarball = buffer.slice(byteOffset, byteOffset + byteLength);
    const { messages } = await publint({ pack: { tarball }, level: 'suggestion', strict: true });
    expect(messages).toEqual([]);
  });

  // Why `esm-only`: docs/decisions/0026.
  test('passes the check of its types by @arethetypeswrong/cli', async () => {
    expect(await attw(tarballs[name])).toEqual({ status: 0, problems: '' });
  });
});

describe('the tarball of the gateway', () => {
  test('holds no package of packages/, no test, no source and no file that the build keeps for itself', async () => {
    const files = await filesIn(tarballs.gateway);
    expect(files).toEqual(
      expect.arrayContaining(['bin/phonegate.mjs', 'dist/main.js', 'schema.graphql', 'prisma/schema.prisma']),
    );
    expect(
      files.filter((file) => /^(packages|src|test|examples|bench|docs|node_modules)\/|\.test\.|(^|\/)\./.test(file)),
    ).toEqual([]);
  });

  test('offers no module to import: applications import the client of packages/client', () => {
    const manifest = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect([manifest['exports'], manifest['main'], manifest['types']]).toEqual([undefined, undefined, undefined]);
  });
});

/** Runs the program. `problems` is what it printed when it failed. */
function attw(tarball: string): Promise<{ status: number | string; problems: string }> {
  const program = join(PROJECT, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  const args = [program, '--profile', 'esm-only', '--no-color', '--no-emoji', tarball];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) =>
      resolve(error ? { status: error.code ?? 1, problems: stdout + stderr } : { status: 0, problems: '' }),
    );
  });
}
