import type { Config } from '../config/config.js';
import type { Keyring } from '../config/keys.js';
import type { Database } from '../db/database.js';
import type { Audit } from '../events/audit.js';
import type { Log } from '../log.js';
import type { Bus } from '../realtime/bus.js';
import { createReportForgery } from './report-forgery.js';
import { followRevocations } from './revocations.js';
import { followSigningKeys } from './signing-keys.js';

/** Creates the module that mints, verifies and ends sessions, with the dependencies of its use cases. */
export async function createSessions(deps: {
  config: Config;
  keyring: Keyring;
  database: Database;
  bus: Bus;
  audit: Audit;
  log: Log;
}) {
  const { config, keyring, database, bus, log } = deps;
  const signingKeys = await followSigningKeys({ database, keyring, log });
  const revocations = await followRevocations({ database, bus, log });
  const issuer = config.publicUrl;
  const days = { idle: config.sessions.idleDays, absolute: config.sessions.absoluteDays };
  return {
    ...deps,
    issuer,
    signingKeys,
    revocations,
    reportForgery: createReportForgery(deps),
    mint: { keyring, signingKeys, issuer, days },
    async close() {
      await Promise.all([signingKeys.stop(), revocations.stop()]);
    },
  };
}

export type Sessions = Awaited<ReturnType<typeof createSessions>>;
