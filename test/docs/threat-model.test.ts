import { expect, test } from 'vitest';
import { BOUNDARIES, drawDataFlow } from '../../scripts/reference/data-flow.js';
import { readPage } from './pages.js';

const page = readPage('docs/security/threat-model.md');
const requirements = new Set(
  [...readPage('docs/security/requirements.md').matchAll(/^### (R\d+)$/gm)].map(([, number]) => number),
);

test('the threat model has a section for each trust boundary of the data-flow diagram, in order', () => {
  const sections = [...page.matchAll(/^### (B\d) (.+)$/gm)].map(([, number, title]) => [number, title]);
  expect(sections).toEqual(Object.entries(BOUNDARIES));
  const picture = drawDataFlow();
  for (const number of Object.keys(BOUNDARIES)) expect(picture).toContain(`>${number} `);
});

test('every threat says what stops it, and every requirement stops one', () => {
  const [, boundaries = ''] = page.split('\n## Trust boundaries\n');
  const [tables = ''] = boundaries.split('\n## ');
  const threats = tables.split('\n').filter((line) => /^\| [STRIDE] \|/.test(line));
  expect(threats.length).toBeGreaterThan(40);
  for (const threat of threats) expect(threat).toMatch(/^\| [STRIDE] \| [^|]+ \| [^|]{10,} \|$/);
  const cited = new Set(Array.from(tables.matchAll(/\bR\d+\b/g), ([number]) => number));
  expect([...requirements].filter((number) => !cited.has(`${number}`))).toEqual([]);
  expect([...cited].filter((number) => !requirements.has(number))).toEqual([]);
});
