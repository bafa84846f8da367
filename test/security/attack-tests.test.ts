import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT } from '../support/process.js';

test('every file of the attack suite exists and is listed once', () => {
  const list = readFileSync(join(PROJECT, 'scripts/attack-tests.mjs'), 'utf8');
  const files = Array.from(list.matchAll(/^ {2}'(.+\.test\.ts)',$/gm), ([, file = '']) => file);
  expect(files.length).toBeGreaterThan(40);
  expect(files.filter((file) => !existsSync(join(PROJECT, file)))).toEqual([]);
  expect(files).toEqual([...new Set(files)]);
});
