import { existsSync, readFileSync, readdirSync } from 'node:fs';
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

interface Proof {
  requirement: string;
  file: string;
  /** Undefined for a test with random inputs: test/security/fuzz/test-target.ts has its title. */
  title: string | undefined;
}

const sections = page.split(/^### (?=R\d+$)/m).slice(1);
const proofs: Proof[] = sections.flatMap((section) =>
  [...section.matchAll(/^- `([^`]+\.test\.ts)`(?:: "(.+)")?$/gm)].map(([, file = '', title]) => ({
    requirement: /^R\d+/.exec(section)?.[0] ?? '',
    file,
    title,
  })),
);
/** The properties without a number, in the table at the end of the page. */
const [, table = ''] = page.split('\n## Without a number\n');
const rows = table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'));
const others: Proof[] = [...table.matchAll(/ \| `([^`]+\.test\.ts)`: "(.+)" \|$/gm)].map(([, file = '', title]) => ({
  requirement: '',
  file,
  title,
}));
const partlyMet = sections
  .filter((section) => /^- Partly: /m.test(section))
  .map((section) => /^R\d+/.exec(section)?.[0] ?? '');

test('every requirement has a test that shows it', () => {
  const shown = new Set(proofs.map(({ requirement }) => requirement));
  expect(requirements.filter((number) => !shown.has(`${number}`))).toEqual([]);
  for (const section of sections) {
    const [, list = ''] = section.split('\nShown by:\n');
    const other = list
      .split('\n')
      .filter(
        (line) =>
          line.startsWith('-') &&
          !/^- (Partly: .+\.|`test\/security\/[^`]+\.test\.ts`|`[^`]+\.test\.ts`: ".+")$/.test(line),
      );
    expect(other).toEqual([]);
  }
});

test('the tests that the requirements name exist, with these titles', () => {
  expect(others).toHaveLength(rows.length - 1);
  const missing = [...proofs, ...others].filter(({ file, title }) => {
    const path = join(PROJECT, file);
    if (!existsSync(path)) return true;
    return title !== undefined && !titlesIn(readFileSync(path, 'utf8')).has(title);
  });
  expect(missing).toEqual([]);
  expect(titlesIn("test('a \\'b\\'', x); ])(`c`, x)")).toEqual(new Set(["a 'b'", 'c']));
});

const byNumber = (one = '', other = '') => Number(one.slice(1)) - Number(other.slice(1));

test('what a requirement lacks is what SECURITY.md lists as not built yet', () => {
  const [, notBuilt = ''] = readFileSync(join(PROJECT, 'SECURITY.md'), 'utf8').split('\n## Not built yet\n');
  expect(partlyMet).toEqual(
    [...new Set([...notBuilt.matchAll(/\((R\d+)\)/g)].map(([, number]) => number))].toSorted(byNumber),
  );
});

/** The texts in a test file that stand where a test or a group of tests has its title. */
function titlesIn(source: string): Set<string> {
  const found = source.matchAll(/(?:\b(?:test|describe)(?:\.\w+)?|\))\(\s*(['"`])((?:\\.|(?!\1).)*)\1/g);
  return new Set(Array.from(found, ([, , title = '']) => title.replaceAll(/\\(['"`])/g, '$1')));
}
