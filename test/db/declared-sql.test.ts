import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sources } from '../../scripts/load-statements.js';

/** Files that send SQL which is not the text of a declared statement, and why. */
const EXCEPTIONS: Record<string, string> = {
  'src/db/run-statement.ts': 'Sends the declared statements.',
  'src/db/migration-adapter.ts': 'Sends migrations, which are files of their own in prisma/migrations.',
  'src/db/database.ts': 'Not converted yet: sends statements of the old form.',
};

/** While statements of the old form are left, their values are given by position. */
const someAreUnconverted = /export interface Statement\b/.test(sources.get('src/db/database.ts') ?? '');

/**
 * The calls that send SQL other than a declared statement: a raw query of Prisma, and a `.query()` whose first argument is not
 * a constant or a parameter named `statement`, or whose values are given by position.
 */
function undeclaredSql(source: string, { positions = 'refused' } = {}): string[] {
  const code = source.replaceAll(/\/\*.*?\*\/|^\s*\/\/[^\n]*/gms, '');
  const raw = [...code.matchAll(/\.\$?(?:query|execute)Raw(?:Unsafe)?\b/g)].map(([call]) => call);
  const calls = [...code.matchAll(/\.query(?:<[^()]*>)?\(\s*(?<first>[^\s,)]*)(?:,\s*(?<second>\S))?/g)];
  const undeclared = calls.filter(({ groups: { first = '', second = '' } = {} }) => {
    const isDeclared = /^(?:statement|[A-Z][A-Z0-9_]*)\b/.test(first);
    return !isDeclared || (second === '[' && positions === 'refused');
  });
  return [...raw, ...undeclared.map(([call]) => call)];
}

const sending = [...sources]
  .map(([path, source]) => ({
    path,
    calls: undeclaredSql(source, { positions: someAreUnconverted ? 'accepted' : 'refused' }),
  }))
  .filter(({ calls }) => calls.length > 0);

test('the gateway sends no SQL that is not declared by statement(), except in the listed files', () => {
  expect(sending.filter(({ path }) => !EXCEPTIONS[path])).toEqual([]);
});

test('every listed file sends such SQL', () => {
  expect(sending.map(({ path }) => path).toSorted()).toEqual(Object.keys(EXCEPTIONS).toSorted());
});

describe('the check', () => {
  test.each([
    ["await client.query('SELECT 1')"],
    ['await client.query<{ found: boolean }>(\n  `SELECT ${column} FROM users`,\n)'],
    ['await pool.query({ name, text, values })'],
    ['await client.query(text, values)'],
    ['await database.query(READ_ATTEMPT, [id])'],
    ['await transaction.$queryRaw`SELECT 1 FROM users FOR UPDATE`'],
    ['await prisma.$executeRawUnsafe(sql)'],
  ])('refuses %s', (code) => {
    expect(undeclaredSql(code)).toHaveLength(1);
  });

  test.each([
    ['await database.query(READ_ATTEMPT, { id })'],
    ['await database.query(ACCEPT_CODE[config.signUp], { attemptId })'],
    ['for (const statement of ALL) await database.query(statement, {})'],
    ['await runStatement(client, READ_ATTEMPT, { id })'],
    ["// await client.query('SELECT 1')"],
  ])('accepts %s', (code) => {
    expect(undeclaredSql(code)).toEqual([]);
  });

  test('reads the sources of the gateway', () => {
    expect(readFileSync(new URL('../../src/db/run-statement.ts', import.meta.url), 'utf8')).toBe(
      sources.get('src/db/run-statement.ts'),
    );
  });
});
