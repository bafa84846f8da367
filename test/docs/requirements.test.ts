import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT } from '../support/process.js';

const page = readFileSync(join(PROJECT, 'docs/security/requirements.md'), 'utf8');
const requirements = [...page.matchAll(/^### (R\d+)$/gm)].map(([, number]) => number);

test('the requirements R1 to R31 have one heading each, in order', () => {
  expect(requirements).toEqual(Array.from({ length: 31 }, (_, index) => `R${index + 1}`));
});

test('every requirement that the code or SECURITY.md cites exists', () => {
  const sources = readdirSync(join(PROJECT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  const cited = [join(PROJECT, 'SECURITY.md'), ...sources].flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\((?:[^()\n]*\W)?(R\d+)\b[^()\n]*\)/g)].map(([, number]) => number),
  );
  expect(cited.length).toBeGreaterThan(30);
  expect(cited.filter((number) => !requirements.includes(number))).toEqual([]);
});
