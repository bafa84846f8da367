import type { Database } from '../../../db/database.js';
import { accountOf } from './instance-state.js';

/** The time is saved at most this often. Ten seconds are exact enough for an operator. */
const SAVE_INTERVAL_MS = 10_000;

interface WebhookMonitorDeps {
  idInstance: string | undefined;
  database: Database;
}

/**
 * Saves when the last webhook of the instance arrived, so that the doctor notices when webhooks stop. Call the returned
 * function for each webhook: it does not wait for the database and never throws.
 */
export function createWebhookMonitor({ idInstance, database }: WebhookMonitorDeps): () => void {
  let savedAt = 0;
  return () => {
    if (!idInstance || Date.now() - savedAt < SAVE_INTERVAL_MS) return;
    savedAt = Date.now();
    const account = accountOf(idInstance);
    const webhookAt = new Date(savedAt);
    database.prisma.providerAccount
      .upsert({ where: { account }, create: { account, webhookAt }, update: { webhookAt } })
      .catch(() => (savedAt = 0));
  };
}
