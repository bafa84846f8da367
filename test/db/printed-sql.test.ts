import { expect, test } from 'vitest';
import { loadStatements } from '../../scripts/load-statements.js';
import { formatSql, printStatements, printedFiles } from '../../scripts/print-statements.js';

const printed = await printStatements();
const onDisk = printedFiles();

test('prisma/sql holds a file for each statement, and no other (else: npm run sql)', () => {
  expect([...onDisk.keys()].toSorted()).toEqual([...printed.keys()].toSorted());
  expect(printed.size).toBeGreaterThan(0);
});

test.each([...printed.keys()])('prisma/sql/%s is up to date (else: npm run sql)', (path) => {
  expect(onDisk.get(path)).toBe(printed.get(path));
});

test.each((await loadStatements()).map(({ name, sql }) => [name, sql]))(
  'formatting %s changes nothing but white space',
  (_, sql) => {
    const withoutSpace = (sql: string) => sql.replaceAll(/\s+/g, '');
    expect(withoutSpace(formatSql(sql))).toBe(withoutSpace(sql));
  },
);
