import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT } from '../support/process.js';

const FOLDER = join(PROJECT, 'docs/decisions');
const index = readFileSync(join(FOLDER, 'README.md'), 'utf8');
const rows = [...index.matchAll(/^\| \[(\d{4})\]\(([^)]+)\) \| ([^|]+) \| ([^|]+) \| (.+) \|$/gm)].map(
  ([, number, file = '', title, status, code]) => ({
    number,
    file,
    title,
    status,
    paths: [...(code ?? '').matchAll(/`([^`]+)`/g)],
  }),
);

test('the index of decisions lists every decision once, under its own number and title', () => {
  const files = readdirSync(FOLDER).filter((file) => /^\d{4}-.+\.md$/.test(file));
  expect(rows.map(({ file }) => file)).toEqual(files.toSorted());
  for (const { number, file, title } of rows) {
    expect(file).toMatch(new RegExp(`^${number}-`));
    expect(readFileSync(join(FOLDER, file), 'utf8').split('\n')[0]).toBe(`# ${number} ${title}`);
  }
});

test('every decision in the index has a status and names code that exists', () => {
  for (const { file, status, paths } of rows) {
    expect(status, file).toMatch(/^(accepted|replaced by \d{4})$/);
    expect(paths.length, file).toBeGreaterThan(0);
    for (const [, path] of paths) expect(existsSync(join(PROJECT, path ?? '')), `${file}: ${path}`).toBe(true);
  }
});

test('the code that a decision governs names the decision', () => {
  for (const { file, number, paths } of rows) {
    const sources = paths.flatMap(([, path]) => filesOf(join(PROJECT, path ?? '')));
    const isNamed = sources.some((source) => readFileSync(source, 'utf8').includes(`decisions/${number}`));
    expect(isNamed, `${file} is named by none of ${paths.map(([, path]) => path).join(', ')}`).toBe(true);
  }
});

/** The file itself, or every file below a folder. */
function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
