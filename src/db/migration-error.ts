/** An error of a migration. `migration` is its name. */
export interface MigrationError extends Error {
  code?: string | undefined;
  migration?: string | undefined;
  /** Migrations that may have been committed or not. */
  interrupted?: string[];
}

/** A migration that PostgreSQL refused. Prisma's engine forgets the SQLSTATE, so this is from the error of its driver adapter. */
export function failedMigration(migration: string | undefined, error: unknown): MigrationError {
  const { message, code, cause } = error as Error & { code?: string; cause?: { originalCode?: string } };
  return Object.assign(new Error(message, { cause: error }), { code: cause?.originalCode ?? code, migration });
}

/** The record of the migrations was begun, and has neither a result nor an error. */
export function interruptedMigrations(interrupted: string[]): MigrationError {
  return Object.assign(new Error('Migrations were interrupted'), { code: 'P3009', interrupted });
}

/** What to do about interrupted migrations: the gateway cannot know whether PostgreSQL committed them. */
export function interruptedAdvice([name = '']: string[]): string {
  const update = (column: string) =>
    `UPDATE _prisma_migrations SET ${column} = now() WHERE migration_name = '${name}' AND finished_at IS NULL;`;
  return `the migration ${name} was interrupted, and was either committed as a whole or undone as a whole: compare the database with prisma/migrations/${name}/migration.sql; if its changes are there, run ${update('finished_at')} if not, run ${update('rolled_back_at')} then start again`;
}
