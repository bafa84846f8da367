import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sources } from '../../scripts/load-statements.js';
import { printedFiles } from '../../scripts/print-statements.js';

interface Ownership {
  /** The module that owns the table: a folder of src. */
  owner: string;
  /** The other writers and their reasons: the name of a statement, or "prisma: <file>". */
  alsoWrittenBy?: Record<string, string>;
}

interface Write {
  writer: string;
  module: string;
  table: string;
}

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const owners = JSON.parse(read('prisma/table-owners.json')) as Record<string, Ownership>;

/** The tables of the schema, by the name of their model in the Prisma client, such as "loginAttempt". */
const tableOfModel = new Map(
  [...read('prisma/schema.prisma').matchAll(/^model (\w)(\w*) \{.*?@@map\("(\w+)"\)/gms)].map(
    ([, first = '', rest = '', table = '']) => [first.toLowerCase() + rest, table],
  ),
);

/** The tables that SQL writes. */
export function tablesWrittenBy(sql: string): string[] {
  const code = sql.replaceAll(/'(?:''|[^'])*'|--[^\n]*|\/\*.*?\*\//gs, ' ');
  const write =
    /\b(?:INSERT\s+INTO|MERGE\s+INTO|DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?|(?<!\b(?:FOR(?:\s+NO\s+KEY)?|DO)\s+)UPDATE)\s+(?:ONLY\s+)?"?(\w+)"?/gi;
  return [...new Set([...code.matchAll(write)].map(([, table = '']) => table.toLowerCase()))].toSorted();
}

/** The models that a source writes through Prisma, inside a transaction too. */
export function modelsWrittenBy(source: string): string[] {
  const code = source.replaceAll(/\/\*.*?\*\/|^\s*\/\/[^\n]*/gms, '');
  const write = /\.\s*(\w+)\s*\.\s*(?:create|update|delete|upsert)(?:Many)?(?:AndReturn)?\s*\(/g;
  return [...new Set([...code.matchAll(write)].map(([, model = '']) => model))]
    .filter((model) => tableOfModel.has(model))
    .toSorted();
}

const printed = [...printedFiles()];
const temporary = new Set(
  printed.flatMap(([, sql]) =>
    [...sql.matchAll(/\bCREATE\s+TEMP(?:ORARY)?\s+TABLE\s+(\w+)/gi)].map(([, table = '']) => table),
  ),
);
const statementWrites: Write[] = printed.flatMap(([path, sql]) =>
  tablesWrittenBy(sql)
    .filter((table) => !temporary.has(table))
    .map((table) => ({ writer: path.replace(/\.sql$/, ''), module: path.split('/')[0] ?? '', table })),
);
const prismaWrites: Write[] = [...sources].flatMap(([path, source]) =>
  modelsWrittenBy(source).map((model) => ({
    writer: `prisma: ${path}`,
    module: path.split('/')[1] ?? '',
    table: tableOfModel.get(model) ?? '',
  })),
);
const writes = [...statementWrites, ...prismaWrites];

test('every table has an owner, which is a module', () => {
  expect(Object.keys(owners).toSorted()).toEqual([...tableOfModel.values()].toSorted());
  const modules = Object.values(owners).map(({ owner }) => owner);
  expect(modules.filter((module) => !existsSync(new URL(`src/${module}`, root)))).toEqual([]);
});

/** The table in which Prisma records migrations is no model, so table-owners.json has no entry for it. */
const ownerOf = (table: string) => (table === '_prisma_migrations' ? 'db' : owners[table]?.owner);

test('a module writes the tables of another only where prisma/table-owners.json says why', () => {
  const unlisted = writes.filter(
    ({ writer, module, table }) => ownerOf(table) !== module && !owners[table]?.alsoWrittenBy?.[writer],
  );
  expect(unlisted.map(({ writer, table }) => `${writer} writes ${table}`)).toEqual([]);
});

test('prisma/table-owners.json lists no writer that does not write the table, nor its owner', () => {
  const listed = Object.entries(owners).flatMap(([table, { owner, alsoWrittenBy = {} }]) =>
    Object.keys(alsoWrittenBy).map((writer) => ({ writer, table, owner })),
  );
  const known = new Set(writes.map(({ writer, table }) => `${writer} ${table}`));
  const stale = listed.filter(({ writer, table }) => !known.has(`${writer} ${table}`));
  expect(stale.map(({ writer, table }) => `${writer} does not write ${table}`)).toEqual([]);
  const own = listed.filter(
    ({ writer, owner }) => writer.startsWith(`${owner}/`) || writer.startsWith(`prisma: src/${owner}/`),
  );
  expect(own.map(({ writer, table }) => `${writer} belongs to the owner of ${table}`)).toEqual([]);
});

describe('the reader of SQL', () => {
  test('finds writes at the top and in common table expressions', () => {
    expect(
      tablesWrittenBy(`
        WITH a AS (INSERT INTO sms_log AS s (id) SELECT 1), b AS (update users u SET x = 1),
        c AS (DELETE FROM ONLY sessions), d AS (UPDATE
          ONLY phone_failures SET x = 1)
        MERGE INTO send_budgets b USING a ON true WHEN MATCHED THEN DO NOTHING`),
    ).toEqual(['phone_failures', 'send_budgets', 'sessions', 'sms_log', 'users']);
    expect(tablesWrittenBy('TRUNCATE TABLE "users"')).toEqual(['users']);
  });

  test('does not count a lock, conflict clause, string or comment as a write', () => {
    expect(
      tablesWrittenBy(`
        -- UPDATE users
        /* DELETE FROM users */
        INSERT INTO sms_log SELECT 'UPDATE users' FROM login_attempts a FOR UPDATE OF a
        ON CONFLICT (id) DO UPDATE SET x = (SELECT 1 FROM sessions FOR NO KEY UPDATE SKIP LOCKED)`),
    ).toEqual(['sms_log']);
  });
});

describe('the reader of Prisma calls', () => {
  test('finds every kind of write, in a transaction and over lines too', () => {
    expect(
      modelsWrittenBy(`
        prisma.user.create({}); database.prisma.session.updateMany({}); await tx.loginAttempt.upsert({});
        transaction.auditEntry
          .createManyAndReturn({}); prisma.template.deleteMany({});`),
    ).toEqual(['auditEntry', 'loginAttempt', 'session', 'template', 'user']);
  });

  test('does not count a read, a comment or a method of another object as a write', () => {
    expect(
      modelsWrittenBy(`
        prisma.user.findMany({}); createHash('sha256').update('x'); hash.digest.update(x); listeners.delete(session);
        // prisma.user.update({})
        /** prisma.user.delete({}) */`),
    ).toEqual([]);
  });

  test('finds those of the gateway', () => {
    expect(prismaWrites.map(({ table }) => table)).toContain('sms_templates');
  });
});
