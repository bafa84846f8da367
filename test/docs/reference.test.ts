import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ENVIRONMENT } from '../../src/config/environment.js';
import { PROJECT } from '../support/process.js';
import { readPage } from './pages.js';

const VARIABLES = Object.keys(ENVIRONMENT.shape).toSorted();

test('.env.example lists every variable that the code reads, and no other', () => {
  expect(namesIn(readPage('.env.example'), /^#?([A-Z0-9_]+)=/gm)).toEqual(VARIABLES);
});

test('only the two programs read the environment', () => {
  const readers = readdirSync(join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith(join('db', 'prisma')))
    .filter((file) => readPage(join('src', file)).includes('process.env'));
  expect(readers.toSorted()).toEqual([join('cli', 'main.ts'), 'main.ts']);
});

function namesIn(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, name]) => String(name)))].toSorted();
}
