import type { Database } from '../../../db/database.js';
import { accountOf } from './instance-state.js';

const SAVE_HEARD = {
  name: 'heard_of_provider',
  text: `
    INSERT INTO provider_accounts (account, webhook_at) VALUES ($1, now())
    ON CONFLICT (account) DO UPDATE SET webhook_at = now()`,
};
/** The time is saved at most this often: to within ten seconds is enough for an operator. */
const SAVE_EVERY_MS = 10_000;

/** Saves when the instance's webhook last arrived, so that an operator sees when it does not. It never fails and is not waited for. */
export function createWebhookMonitor({
  idInstance,
  database,
}: {
  idInstance: string | undefined;
  database: Database;
}): () => void {
  let savedAt = 0;
  return () => {
    if (!idInstance || Date.now() - savedAt < SAVE_EVERY_MS) return;
    savedAt = Date.now();
    database.query(SAVE_HEARD, [accountOf(idInstance)]).catch(() => (savedAt = 0));
  };
}
