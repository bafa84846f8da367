import type { KeyObject } from 'node:crypto';
import { createKeyring } from '../../src/config/keys.js';
import { type Database, connectDatabase } from '../../src/db/database.js';
import { createLog } from '../../src/log.js';
import { followSigningKeys } from '../../src/sessions/signing-keys.js';

export const SILENT = createLog('silent');

/** Runs `act` with a connection to the database like the gateway's. */
export async function withDatabase<Value>(url: string, act: (database: Database) => Promise<Value>): Promise<Value> {
  const database = connectDatabase(url, SILENT);
  try {
    return await act(database);
  } finally {
    await database.close();
  }
}

/** The key with which the gateways of a database sign, to sign tokens that no gateway would. */
export function gatewayKey(databaseUrl: string, secret: string): Promise<{ kid: string; privateKey: KeyObject }> {
  return withDatabase(databaseUrl, async (database) => {
    const keys = await followSigningKeys({ database, keyring: createKeyring(secret), log: SILENT });
    await keys.stop();
    return keys.current();
  });
}
