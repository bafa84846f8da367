import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { PROJECT, cleanUpProcesses, makeFolder } from '../../../test/support/process.js';
import { readmeBlock, readmeBlocks } from './readme.js';

afterAll(cleanUpProcesses);

test('every program of the README compiles in strict mode', () => {
  const folder = makeFolder();
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  const files = {
    ...Object.fromEntries(readmeBlocks()),
    'next.d.ts': `declare module 'next/headers' { export function headers(): Promise<Headers> }`,
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        noEmit: true,
        strict: true,
        target: 'es2023',
        lib: ['es2023', 'dom'],
        jsx: 'react-jsx',
        module: 'esnext',
        moduleResolution: 'bundler',
        noUncheckedSideEffectImports: false,
        types: [],
      },
    }),
  };
  for (const [name, code] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), code);
  }
  expect(Object.keys(files)).toEqual(expect.arrayContaining(['app.tsx', 'app/login/login.tsx', 'form.tsx']));
  let output = '';
  try {
    execFileSync(process.execPath, [join(PROJECT, 'node_modules/typescript/bin/tsc'), '-p', folder], {
      encoding: 'utf8',
    });
  } catch (error) {
    output = (error as { stdout: string }).stdout;
  }
  expect(output).toBe('');
}, 60_000);

test('a form of one’s own takes about forty lines', () => {
  expect(readmeBlock('form.tsx').trim().split('\n').length).toBeLessThanOrEqual(40);
});
