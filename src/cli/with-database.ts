import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.js';
import { readOrCreateSecret } from '../config/secret-file.js';
import { type Keyring, createKeyring } from '../config/keys.js';
import { describeDatabaseError } from '../db/database-error.js';
import type { Database } from '../db/database.js';
import { runningPostgresUrl } from '../db/embedded/running.js';
import { migrate } from '../db/migrate.js';
import { isStorageError } from '../db/storage-error.js';
import { createLog } from '../log.js';
import { StartupError } from '../startup-error.js';

/** What a command needs that works on the gateway's data. */
export interface CommandDeps {
  config: Config;
  database: Database;
  /** For a connection of one's own. */
  databaseUrl: string;
  /** @throws StartupError where nobody has said what GATEWAY_SECRET is: a command makes none. */
  keyring(): Keyring;
}

/**
 * Runs a command on the gateway's database: that of DATABASE_URL, or the one that a gateway in this folder has started. It
 * is migrated first, so that the first admin can be there before the first start.
 *
 * @throws StartupError where there is no database, it cannot be used, or it goes away meanwhile.
 */
export async function withDatabase<T>(config: Config, use: (deps: CommandDeps) => Promise<T>): Promise<T> {
  const databaseUrl = config.databaseUrl ?? (await ownPostgres(config.dataFolder));
  await migrate(databaseUrl).catch((error: unknown) => {
    throw unusable(error);
  });
  const { connectDatabase } = await import('../db/database.js'); // a quarter of a second, for which no other command waits
  const database = connectDatabase(databaseUrl, createLog('silent'));
  try {
    return await use({ config, database, databaseUrl, keyring: () => keyringOf(config) });
  } catch (error) {
    throw isStorageError(error) ? unusable(error) : error;
  } finally {
    await database.close();
  }
}

async function ownPostgres(folder: string): Promise<string> {
  const url = await runningPostgresUrl(folder).catch((error: NodeJS.ErrnoException) => {
    if (error instanceof StartupError) throw error;
    throw new StartupError(
      `The gateway's own PostgreSQL under ${folder}/ cannot be used (${error.code ?? error.message}): run this command in the folder and as the user of the gateway.`,
      { cause: error },
    );
  });
  if (url) return url;
  throw new StartupError(
    'No gateway with a PostgreSQL of its own runs in this folder: start it (npm start), or set DATABASE_URL.',
  );
}

function keyringOf({ gatewaySecret, gatewaySecretPrevious, dataFolder }: Config): Keyring {
  const kept = join(dataFolder, 'gateway-secret');
  if (gatewaySecret === undefined && !existsSync(kept))
    throw new StartupError(
      `GATEWAY_SECRET is not set, and there is none under ${dataFolder}/: run this command with the environment and in the folder of the gateway.`,
    );
  return createKeyring(gatewaySecret ?? readOrCreateSecret(kept), gatewaySecretPrevious);
}

function unusable(error: unknown): StartupError {
  const { why, advice } = describeDatabaseError(error);
  return new StartupError(`The database cannot be used (${why}): ${advice}.`, { cause: error });
}
