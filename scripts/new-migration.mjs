// Writes the SQL that changes the last committed schema to prisma/schema.prisma into a new migration folder, without a
// network. Usage: npm run migration <name>. Read the result before you commit it, and add partial indexes and data by
// hand.
import '../bin/require-node.mjs';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

// Imported after the check above, because an old Node.js cannot parse them.
const { PrismaPg } = await import('@prisma/adapter-pg');
const { startEmbeddedPostgres } = await import('../dist/db/embedded/postgres.js');
const { loadSchemaEngine } = await import('../dist/db/schema-engine.js');

const name = process.argv[2];
if (!name || !/^[a-z0-9_]+$/.test(name)) {
  console.error('Usage: npm run migration <name_in_snake_case>');
  process.exit(1);
}

const path = 'prisma/schema.prisma';
const now = { path, content: readFileSync(path, 'utf8') };
const before = committed(path);
// The engine requires a server, although it sends no query to compare two schemas.
const server = await startEmbeddedPostgres('.data');
const engine = await loadSchemaEngine(now.content, new PrismaPg(server.url));
const { stdout } = await engine.diff({
  from: before === undefined ? { tag: 'empty' } : { tag: 'schemaDatamodel', files: [{ path, content: before }] },
  to: { tag: 'schemaDatamodel', files: [now] },
  script: true,
  exitCode: null,
  shadowDatabaseUrl: null,
  filters: { externalTables: [], externalEnums: [] },
});
const stamp = new Date().toISOString().replaceAll(/[-:T]/g, '').slice(0, 14);
const folder = `prisma/migrations/${stamp}_${name}`;
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/migration.sql`, stdout ?? '');
await server.stop();
console.log(`${folder}/migration.sql`);

function committed(file) {
  try {
    return execFileSync('git', ['show', `HEAD:${file}`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}
