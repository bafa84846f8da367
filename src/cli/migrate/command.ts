import type { Command } from 'commander';
import { userOf } from '../../config/database-url.js';
import { describeDatabaseError } from '../../db/database-error.js';
import { migrate } from '../../db/migrate.js';
import { StartupError } from '../../startup-error.js';
import type { CommandContext } from '../cli-io.js';
import { printLock, printWait } from '../with-database.js';
import { grantGatewayRole } from './grant-gateway-role.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** `phonegate migrate` */
export function addMigrateCommand(program: Command, { readConfig, printLine }: CommandContext): void {
  program
    .command('migrate')
    .description(
      'bring the database to the schema of this version; with DATABASE_OWNER_URL, as the owner of the tables, and give the user of DATABASE_URL the rights that the gateway needs',
    )
    .action(async () => {
      const { databaseUrl, directDatabaseUrl, databaseOwnerUrl } = readConfig();
      const url = databaseOwnerUrl ?? directDatabaseUrl ?? databaseUrl;
      if (url === undefined || databaseUrl === undefined)
        throw new StartupError('DATABASE_URL is not set. The gateway migrates its embedded PostgreSQL itself.');
      const interruption = new AbortController();
      const interrupt = () => interruption.abort();
      for (const signal of SIGNALS) process.once(signal, interrupt);
      const options = { onWait: printWait, onLock: printLock, signal: interruption.signal };
      const applied = await migrate(url, options).catch((error: unknown) => {
        if (interruption.signal.aborted)
          throw new StartupError('Interrupted. No migration is half applied.', { cause: error });
        return unusable(error);
      });
      for (const signal of SIGNALS) process.off(signal, interrupt);
      printLine(applied.length === 0 ? 'All migrations were applied already.' : `Applied: ${applied.join(', ')}`);
      if (databaseOwnerUrl === undefined) return;
      const role = userOf(databaseUrl);
      if (role === undefined) throw new StartupError('DATABASE_URL names no user.');
      await grantGatewayRole({ role, ownerUrl: databaseOwnerUrl }).catch(unusable);
      printLine(`The role ${role} has the rights that the gateway needs, and owns nothing.`);
    });
}

function unusable(error: unknown): never {
  const { why, advice } = describeDatabaseError(error);
  throw new StartupError(`The database cannot be migrated (${why}): ${advice}.`, { cause: error });
}
