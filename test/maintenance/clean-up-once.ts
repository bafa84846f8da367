import type { Database } from '../../src/db/database.js';
import { createAudit } from '../../src/events/audit.js';
import { cleanUp } from '../../src/maintenance/cleanup.js';
import { SILENT } from '../sessions/gateway-key.js';

export const HISTORY_DAYS = 90;
export const AUDIT_DAYS = 365;
export const GUARD_EVENT_DAYS = 30;

/** One round of the cleanup. */
export async function cleanUpOnce(database: Database): Promise<void> {
  const audit = createAudit({ database, log: SILENT });
  const config = {
    retention: { historyDays: HISTORY_DAYS, auditDays: AUDIT_DAYS, guardEventDays: GUARD_EVENT_DAYS },
    defaultCountries: ['KZ' as const],
  };
  await cleanUp({ signal: new AbortController().signal }, { config, database, audit });
  await audit.close();
}
