import type { Database } from '../db/database.js';

const FORGIVE = {
  name: 'forgive_phone_failures',
  text: 'UPDATE phone_failures SET hour_failures = 0, consecutive = 0 WHERE phone = $1',
};

/** A success forgives: the phone is proven to be in its owner's hands. */
export async function forgivePhone(phone: string, database: Database): Promise<void> {
  await database.query(FORGIVE, [phone]);
}
