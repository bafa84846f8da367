import type { Log } from '../log.js';
import type { Database } from './database.js';
import { statement } from './statement.js';
import { text } from './types.js';

/**
 * The indexes of the gateway's schema that PostgreSQL does not use, because CREATE INDEX CONCURRENTLY was interrupted, and
 * the statement that repairs each. `IF NOT EXISTS` skips such an index, so no later start builds it. An interrupted REINDEX
 * leaves a copy whose name ends with `_ccnew` or `_ccold`, which must be dropped. An index that is being built now is left out.
 */
export const READ_INVALID_INDEXES = statement({
  name: 'db/read_invalid_indexes',
  sql: `
    SELECT c.relname::text AS name,
           format(CASE WHEN c.relname ~ '_cc(new|old)[0-9]*$' THEN 'DROP INDEX CONCURRENTLY %I' ELSE 'REINDEX INDEX CONCURRENTLY %I' END, c.relname) AS repair
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT i.indisvalid AND c.relkind = 'i' AND c.relnamespace = current_schema()::regnamespace
      AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
    ORDER BY c.relname`,
  parameters: {},
  columns: { name: text, repair: text },
});

/** Logs such indexes once. Never throws: without them the gateway is only slow. */
export async function warnOfInvalidIndexes({ database, log }: { database: Database; log: Log }): Promise<void> {
  const indexes = await database.query(READ_INVALID_INDEXES, {}).catch(() => []);
  if (indexes.length === 0) return;
  log.warn({
    event: 'database.invalid_index',
    indexes: indexes.map(({ name }) => name),
    repair: indexes.map(({ repair }) => repair),
  });
}
