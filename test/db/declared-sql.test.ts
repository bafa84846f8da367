import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sources } from '../../scripts/load-statements.js';

/** Files that send SQL which is not the text of a declared statement, and the reasons. */
const EXCEPTIONS: Record<string, string> = {
  'src/db/connection.ts': 'Asks a new connection whether its server accepts writes, before anything else.',
  'src/db/run-statement.ts': 'Sends the declared statements.',
  'src/db/migration-adapter.ts': 'Sends migrations, which are files of their own in prisma/migrations.',
};

/**
 * The calls that send SQL other than a declared statement: raw queries of Prisma; every `.query()` in a file that
 * imports pg, because a client of pg accepts any text, and runStatement() must be used instead; in other files a
 * `.query()` of a literal, of an object or of the result of a call, or with values by position.
 */
function undeclaredSql(source: string): string[] {
  const code = source.replaceAll(/\/\*.*?\*\/|^\s*\/\/[^\n]*/gms, '');
  const hasPgClient = /from 'pg'/.test(code);
  const raw = [...code.matchAll(/\.\$?(?:query|execute)Raw(?:Unsafe)?\b/g)].map(([call]) => call);
  const calls = [...code.matchAll(/\.query(?:<[^()]*>)?\(\s*(?<first>[^,)]*)(?:,\s*(?<second>\S))?/g)];
  const undeclared = calls.filter(({ groups: { first = '', second = '' } = {} }) => {
    const isDeclared = !hasPgClient && !/^['"`{]|^(?:text|sql)\b|\(/.test(first);
    return !isDeclared || second === '[';
  });
  return [...raw, ...undeclared.map(([call]) => call)];
}

const sending = [...sources]
  .map(([path, source]) => ({
    path,
    calls: undeclaredSql(source),
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
    ["import pg from 'pg';\nawait client.query(LOCK, values)"],
    ['await connection.query(text, values)'],
    ["await connection.query(sql('begin', 'BEGIN'), [])"],
    ['await database.query(READ_ATTEMPT, [id])'],
    ['await transaction.$queryRaw`SELECT 1 FROM users FOR UPDATE`'],
    ['await prisma.$executeRawUnsafe(sql)'],
  ])('refuses %s', (code) => {
    expect(undeclaredSql(code)).toHaveLength(1);
  });

  test.each([
    ['await database.query(READ_ATTEMPT, { id })'],
    ['await database.query(ACCEPT_CODE[config.signUp], { attemptId })'],
    ['await database.query(watched ? READ_WATCHED : READ, { id })'],
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
