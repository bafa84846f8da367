import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT } from '../../../test/support/process.js';

const FOLDER = join(PROJECT, 'packages/client');

interface Packed {
  unpackedSize: number;
  files: { path: string }[];
}
const [packed] = Object.values(
  JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json'], { cwd: FOLDER, encoding: 'utf8' })) as Packed[],
) as [Packed];
const paths = packed.files.map(({ path }) => path);

test('the installed package takes at most 100 kB', () => {
  expect(packed.unpackedSize).toBeLessThan(100_000);
});

test('the package has the types that its entries lead to, and no others', () => {
  const { exports } = JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8')) as {
    exports: Record<string, { types?: string }>;
  };
  const reached = new Set(Object.values(exports).flatMap(({ types }) => (types ? [posix.normalize(types)] : [])));
  // Files that are added to the set in the loop are visited, too.
  for (const path of reached) {
    const source = readFileSync(join(FOLDER, path), 'utf8');
    for (const [, to = ''] of source.matchAll(/(?:\bfrom|\bimport\()\s*'(\.[^']+)\.js'/g))
      reached.add(`${posix.join(posix.dirname(path), to)}.d.ts`);
  }
  expect(reached.size).toBeGreaterThan(8);
  expect(paths.filter((path) => path.endsWith('.d.ts')).toSorted()).toEqual([...reached].toSorted());
});

test('the JavaScript has no comments, the types of the client have', () => {
  const read = (path: string) => readFileSync(join(FOLDER, path), 'utf8');
  for (const path of paths.filter((one) => one.endsWith('.js')))
    expect(read(path), path).not.toMatch(/^\s*(?:\/\*|\/\/)/m);
  expect(read('dist/phonegate.d.ts')).toContain('/** Sends a code. */');
});
