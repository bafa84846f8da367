import type { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapter, SqlQuery } from '@prisma/driver-adapter-utils';

/** The lock of Prisma's engine. It belongs to the session, so a pooler would keep it. migrate() holds it in a transaction. */
const LOCK = /^\s*SELECT pg_advisory_lock\(\d+\)/i;

/** An index that is created in a migration of its own, while users sign in. */
const CONCURRENT_INDEX = /^(?:\s*--[^\n]*\n|\s)*CREATE (?:UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS (?<name>"[^"]+")/;

/** The index that the migration creates concurrently, quoted. */
export const concurrentIndexOf = (script: string): string | undefined =>
  CONCURRENT_INDEX.exec(script)?.groups?.['name'];

/**
 * Makes Prisma's adapter send each migration as a whole, which PostgreSQL runs in one transaction. By default the
 * adapter splits it at every semicolon, also inside the body of a function, and runs the parts one by one: when one
 * fails, the earlier ones stay applied. See docs/decisions/0018.
 */
export function sendWholeScripts(
  factory: PrismaPg,
  { onError = () => {} }: { onError?: (script: string, error: unknown) => void } = {},
): PrismaPg {
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    for (const send of ['executeRaw', 'queryRaw'] as const) {
      const original = adapter[send].bind(adapter);
      adapter[send] = (async (query: SqlQuery) =>
        original(LOCK.test(query.sql) ? { ...query, sql: 'SELECT 1', args: [], argTypes: [] } : query)) as never;
    }
    adapter.executeScript = async (script) => {
      try {
        await dropInvalidIndex(adapter, script);
        await adapter.executeRaw({ sql: script, args: [], argTypes: [] });
      } catch (error) {
        onError(script, error);
        throw error;
      }
    };
    return adapter;
  };
  return factory;
}

/** An interrupted CREATE INDEX CONCURRENTLY leaves an index that PostgreSQL does not use, and that IF NOT EXISTS skips. */
async function dropInvalidIndex(adapter: SqlDriverAdapter, script: string): Promise<void> {
  const index = concurrentIndexOf(script);
  if (index === undefined) return;
  const { rows } = await adapter.queryRaw({
    sql: `SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('${index}') AND NOT indisvalid`,
    args: [],
    argTypes: [],
  });
  if (rows.length > 0)
    await adapter.executeRaw({ sql: `DROP INDEX CONCURRENTLY IF EXISTS ${index}`, args: [], argTypes: [] });
}
