import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.js';
import { readOrCreateSecret } from '../config/secret-file.js';
import { type Keyring, createKeyring } from '../config/keys.js';
import { describeDatabaseError } from '../db/database-error.js';
import type { Database } from '../db/database.js';
import { runningPostgresUrl } from '../db/embedded/running.js';
import { type LockHolder, migrate } from '../db/migrate.js';
import type { TableLockHolder } from '../db/migration-lock-wait.js';
import { isStorageError } from '../db/storage-error.js';
import { tryConnection } from '../db/try-connection.js';
import { createLog } from '../log.js';
import { StartupError } from '../startup-error.js';

/** The dependencies of a command that works on the gateway's data. */
export interface CommandDeps {
  config: Config;
  database: Database;
  /** For a command that opens its own connections: without the pooler, if DIRECT_DATABASE_URL says how. */
  directUrl: string;
  /**
   * @throws StartupError when GATEWAY_SECRET is not set and no gateway has generated one. A command does not generate
   * one.
   */
  keyring(): Keyring;
}

/**
 * Runs a command on the gateway's database: the one of DATABASE_URL, or the embedded one of a gateway that runs in this
 * folder. Applies migrations first, so that you can add the first admin before the first start.
 *
 * @throws StartupError when there is no database, it cannot be used, or the connection is lost.
 */
export async function withDatabase<T>(config: Config, use: (deps: CommandDeps) => Promise<T>): Promise<T> {
  const databaseUrl = config.databaseUrl ?? (await ownPostgres(config.dataFolder));
  const directUrl = config.directDatabaseUrl ?? databaseUrl;
  await migrate(directUrl, { onWait: printWait, onLock: printLock }).catch((error: unknown) => {
    throw unusable(error);
  });
  // loading it takes a quarter of a second, so other commands do not import it
  const { connectDatabase } = await import('../db/database.js');
  const log = createLog('silent');
  const support = await tryConnection(databaseUrl, log).catch((error: unknown) => {
    throw unusable(error);
  });
  const database = connectDatabase(databaseUrl, log, support);
  try {
    return await use({ config, database, directUrl, keyring: () => keyringOf(config) });
  } catch (error) {
    throw isStorageError(error) ? unusable(error) : error;
  } finally {
    await database.close();
  }
}

/** A command that waits for minutes without a word looks as if it had failed. */
export function printWait({ pid, application }: LockHolder): void {
  process.stderr.write(
    `Waiting for another process that migrates the database${typeof pid !== 'number' ? '' : ` (PostgreSQL's process ${pid}${application ? `, ${application}` : ''})`}.\n`,
  );
}

/** The same for a migration that another transaction stops. */
export function printLock({ pid, application, table }: TableLockHolder): void {
  const holder =
    pid === null ? 'another transaction' : `PostgreSQL's process ${pid}${application ? ` (${application})` : ''}`;
  process.stderr.write(`Waiting for ${holder}${table === null ? '' : `, which uses the table ${table}`}.\n`);
}

async function ownPostgres(folder: string): Promise<string> {
  const url = await runningPostgresUrl(folder).catch((error: NodeJS.ErrnoException) => {
    if (error instanceof StartupError) throw error;
    throw new StartupError(
      `The gateway's own PostgreSQL under ${folder}/ cannot be used (${error.code ?? error.message}). Run this command in the folder and as the user of the gateway.`,
      { cause: error },
    );
  });
  if (url) return url;
  throw new StartupError(
    'No gateway with its own PostgreSQL runs in this folder. Start one (npm start), or set DATABASE_URL.',
  );
}

function keyringOf({ gatewaySecret, gatewaySecretPrevious, dataFolder }: Config): Keyring {
  const secretFile = join(dataFolder, 'gateway-secret');
  if (gatewaySecret === undefined && !existsSync(secretFile))
    throw new StartupError(
      `GATEWAY_SECRET is not set, and there is no secret under ${dataFolder}/. Run this command with the environment of the gateway, in its folder.`,
    );
  return createKeyring(
    gatewaySecret ?? readOrCreateSecret(secretFile, 'Run this command as the user of the gateway.'),
    gatewaySecretPrevious,
  );
}

function unusable(error: unknown): StartupError {
  const { why, advice } = describeDatabaseError(error);
  return new StartupError(`The database cannot be used (${why}): ${advice}.`, { cause: error });
}
