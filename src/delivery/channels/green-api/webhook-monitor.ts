import type { Database } from '../../../db/database.js';
import { statement } from '../../../db/statement.js';
import { text } from '../../../db/types.js';
import { accountOf } from './instance-state.js';

const SAVE_WEBHOOK_TIME = statement({
  name: 'delivery/save_webhook_time',
  sql: `
    INSERT INTO provider_accounts (account, webhook_at) VALUES (:account, now())
    ON CONFLICT (account) DO UPDATE SET webhook_at = now()`,
  parameters: { account: text },
  columns: {},
});
/** The time is saved at most this often: ten seconds are exact enough for an operator. */
const SAVE_INTERVAL_MS = 10_000;

interface WebhookMonitorDeps {
  idInstance: string | undefined;
  database: Database;
}

/**
 * Saves when the instance's last webhook arrived, so that the doctor sees when webhooks stop. Call the returned function
 * for each webhook: it does not wait for the database and never throws.
 */
export function createWebhookMonitor({ idInstance, database }: WebhookMonitorDeps): () => void {
  let savedAt = 0;
  return () => {
    if (!idInstance || Date.now() - savedAt < SAVE_INTERVAL_MS) return;
    savedAt = Date.now();
    database.query(SAVE_WEBHOOK_TIME, { account: accountOf(idInstance) }).catch(() => (savedAt = 0));
  };
}
