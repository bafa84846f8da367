import type { Database } from '../db/database.js';

const FORGIVE = {
  name: 'forgive_phone',
  text: `
    WITH sends AS (UPDATE send_budgets SET hour_sends = 0, day_sends = 0 WHERE subject = $1)
    UPDATE phone_failures SET hour_failures = 0, consecutive = 0 WHERE phone = $1`,
};

/** A success forgives: the phone is proven to be in its owner's hands. */
export async function forgivePhone(phone: string, database: Database): Promise<void> {
  await database.query(FORGIVE, [phone]);
}
