import { existsSync, readFileSync, readdirSync } from 'node:fs';
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
