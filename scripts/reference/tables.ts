import { readFileSync } from 'node:fs';
import { head } from './markdown.js';

interface Ownership {
  owner: string;
  /** Why, by the statement or the source that writes the table. */
  alsoWrittenBy?: Record<string, string>;
}

const FILE = new URL('../../prisma/table-owners.json', import.meta.url);

export function printTables(): string {
  const tables = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Ownership>;
  return [
    head(
      'Table ownership',
      'Each table of the database has one module of `src/` that owns it. Other modules may write a table only with a statement that this page names. A test compares the page with every statement that the gateway sends. `prisma/sql/` has the statements.',
    ),
    ...Object.entries(tables).map(([name, ownership]) => printOwnership(name, ownership)),
  ].join('\n');
}

function printOwnership(name: string, { owner, alsoWrittenBy = {} }: Ownership): string {
  const byReason = new Map<string, string[]>();
  for (const [writer, reason] of Object.entries(alsoWrittenBy))
    byReason.set(reason, [...(byReason.get(reason) ?? []), `\`${writer.replace('prisma: ', '')}\``]);
  return [
    `## \`${name}\`\n`,
    `Owner: \`src/${owner}\`.\n`,
    ...(byReason.size > 0 ? ['Also written by:\n'] : []),
    ...[...byReason].map(([reason, writers]) => `- ${writers.join(', ')}: ${reason}`),
    '',
  ].join('\n');
}
