// Prints every statement that the gateway can send into prisma/sql/<module>/<name>.sql. Usage: npm run sql.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'sql-formatter';
import type { AnyStatement } from '../src/db/statement.js';
import type { AnyType } from '../src/db/types.js';
import { filesNaming, loadStatements } from './load-statements.js';

const folder = fileURLToPath(new URL('../prisma/sql', import.meta.url));
const LINE_WIDTH = 120;

export function printStatement(statement: AnyStatement): string {
  const { parameterNames, parameters, after } = statement;
  const width = Math.max(...parameterNames.map((name) => name.length));
  return [
    '-- Printed by "npm run sql". Do not edit.',
    `-- Declared in ${filesNaming(statement).join(', ')}`,
    ...(after ? [`-- On a connection that has run ${after.name}`] : []),
    ...parameterNames.map((name) => `-- :${name.padEnd(width)} ${typeName(parameters[name])}`),
    formatSql(statement.sql),
    '',
  ].join('\n');
}

function typeName(type: AnyType | undefined): string {
  if (!type) return 'unknown';
  const name = type.pgName.startsWith('_') ? `${type.pgName.slice(1)}[]` : type.pgName;
  return type.nullability === 'nullable' ? `${name}, or null` : name;
}

export function formatSql(sql: string): string {
  const lines = format(sql, { language: 'postgresql', paramTypes: { named: [':'] }, expressionWidth: 100 }).split('\n');
  return joinShortClauses(lines).join('\n');
}

/**
 * The formatter puts the keyword of each clause on its own line. A clause with a single line is joined with its
 * keyword.
 */
function joinShortClauses(lines: string[]): string[] {
  const joined: string[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const [line = '', next, afterNext] = lines.slice(index, index + 3);
    const opensClause = /^ *(?!CASE)[A-Z]+(?: [A-Z]+)*$/.test(line);
    const holdsOneLine =
      next !== undefined &&
      indentOf(next) > indentOf(line) &&
      (afterNext === undefined || indentOf(afterNext) <= indentOf(line));
    const together = `${line} ${next?.trimStart()}`;
    if (opensClause && holdsOneLine && !next.includes('--') && together.length <= LINE_WIDTH) {
      joined.push(together);
      index += 1;
    } else {
      joined.push(line);
    }
  }
  return joined;
}

const indentOf = (line: string) => line.length - line.trimStart().length;

/** The printed files by their path under prisma/sql, such as "login/cancel_login.sql". */
export async function printStatements(): Promise<Map<string, string>> {
  const statements = await loadStatements();
  return new Map(statements.map((statement) => [`${statement.name}.sql`, printStatement(statement)]));
}

/** The same files as they are on disk. */
export function printedFiles(): Map<string, string> {
  const paths = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  return new Map(
    paths
      .filter((path) => path.endsWith('.sql'))
      .map((path) => [path.split(sep).join('/'), readFileSync(join(folder, path), 'utf8')]),
  );
}

async function main(): Promise<void> {
  const printed = await printStatements();
  for (const [path, content] of printed) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  for (const path of printedFiles().keys()) if (!printed.has(path)) rmSync(join(folder, path));
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory() && readdirSync(join(folder, entry.name)).length === 0) rmdirSync(join(folder, entry.name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
