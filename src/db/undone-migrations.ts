import { interruptedMigrations } from './migration-error.js';
import { type Migration, migrationStatus } from './migration-status.js';
import { type Queryable, runStatement } from './run-statement.js';
import { statement } from './statement.js';
import { array, text } from './types.js';

/** What `prisma migrate resolve --rolled-back` records. */
const RECORD_UNDONE = statement({
  name: 'db/record_undone_migrations',
  sql: `
    UPDATE _prisma_migrations SET rolled_back_at = now()
    WHERE finished_at IS NULL AND rolled_back_at IS NULL AND migration_name = ANY(:names::text[])`,
  parameters: { names: array(text) },
  columns: {},
});

/**
 * Lets Prisma's engine apply the migrations again that PostgreSQL has undone. Without it, the engine refuses to work (P3009).
 *
 * @throws when a migration was interrupted and may have been committed
 */
export async function recordUndone(client: Queryable, migrations: Migration[]): Promise<void> {
  const { failed, interrupted } = await migrationStatus(client, migrations);
  if (interrupted.length > 0) throw interruptedMigrations(interrupted);
  if (failed.length > 0) await runStatement(client, RECORD_UNDONE, { names: failed });
}
