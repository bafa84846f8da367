import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const RELATIVE = /(?:from |import\()["'](\.[^"']+)["']/g;

test('every published module and type finds the ones that it imports', () => {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json'], { cwd: PACKAGE, encoding: 'utf8' });
  const [tarball] = Object.values(JSON.parse(output) as Record<string, { files: { path: string }[] }>);
  const published = new Set(tarball?.files.map(({ path }) => path));
  expect([...published]).toEqual(
    expect.arrayContaining(['dist/index.js', 'dist/index.d.ts', 'dist/style.css', 'README.md']),
  );
  const missing = [...published]
    .filter((path) => /\.(js|d\.ts)$/.test(path))
    .flatMap((path) => {
      const imported = [...readFileSync(PACKAGE + path, 'utf8').matchAll(RELATIVE)].map(([, to = '']) =>
        posix.join(posix.dirname(path), path.endsWith('.d.ts') ? to.replace(/\.js$/, '.d.ts') : to),
      );
      return imported.filter((to) => !published.has(to)).map((to) => `${path}: ${to}`);
    });
  expect(missing).toEqual([]);
}, 60_000);
