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

/** The dependencies of a command that works on the gateway's data. */
export interface CommandDeps {
  config: Config;
  database: Database;
  /** For a command that opens a connection itself. */
  databaseUrl: string;
  /** @throws StartupError where GATEWAY_SECRET is not set and the gateway has made none: a command makes none */
  keyring(): Keyring;
}

/**
 * Runs a command on the gateway's database: the one of DATABASE_URL, or the one that a gateway in this folder has started.
 * Migrates it first, so that the first admin can be added before the first start.
 *
 * @throws StartupError where there is no database, it cannot be used, or the connection is lost.
 */
export async function withDatabase<T>(config: Config, use: (deps: CommandDeps) => Promise<T>): Promise<T> {
  const databaseUrl = config.databaseUrl ?? (await ownPostgres(config.dataFolder));
  await migrate(databaseUrl).catch((error: unknown) => {
    throw unusable(error);
  });
  const { connectDatabase } = await import('../db/database.js'); // takes a quarter of a second, so other commands do not import it
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
    'No gateway with its own PostgreSQL runs in this folder: start one (npm start), or set DATABASE_URL.',
  );
}

function keyringOf({ gatewaySecret, gatewaySecretPrevious, dataFolder }: Config): Keyring {
  const secretFile = join(dataFolder, 'gateway-secret');
  if (gatewaySecret === undefined && !existsSync(secretFile))
    throw new StartupError(
      `GATEWAY_SECRET is not set, and there is no secret under ${dataFolder}/: run this command with the environment and in the folder of the gateway.`,
    );
  return createKeyring(gatewaySecret ?? readOrCreateSecret(secretFile), gatewaySecretPrevious);
}

function unusable(error: unknown): StartupError {
  const { why, advice } = describeDatabaseError(error);
  return new StartupError(`The database cannot be used (${why}): ${advice}.`, { cause: error });
}
