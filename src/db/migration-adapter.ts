import type { PrismaPg } from '@prisma/adapter-pg';
import type { SqlQuery } from '@prisma/driver-adapter-utils';

/** The lock of Prisma's engine. It belongs to the session, so a pooler would keep it. migrate() holds it in a transaction. */
const LOCK = /^\s*SELECT pg_advisory_lock\(\d+\)/i;

/**
 * Makes Prisma's adapter send each migration as a whole, which PostgreSQL runs in one transaction. By default the
 * adapter splits it at every semicolon, also inside the body of a function, and runs the parts one by one: when one
 * fails, the earlier ones stay applied. See docs/decisions/0018.
 */
export function sendWholeScripts(factory: PrismaPg): PrismaPg {
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    for (const send of ['executeRaw', 'queryRaw'] as const) {
      const original = adapter[send].bind(adapter);
      adapter[send] = (async (query: SqlQuery) =>
        original(LOCK.test(query.sql) ? { ...query, sql: 'SELECT 1', args: [], argTypes: [] } : query)) as never;
    }
    adapter.executeScript = async (script) => void (await adapter.executeRaw({ sql: script, args: [], argTypes: [] }));
    return adapter;
  };
  return factory;
}
