import { v7 as uuidv7 } from 'uuid';
import { type Actor, auditedBy } from '../events/audited-by.js';
import type { Database, Statement } from '../db/database.js';

/** SQL: named queries that forget what counts against a phone. */
const RESET_LIMITS = `
  sends AS (UPDATE send_budgets SET hour_sends = 0, day_sends = 0 WHERE subject = $1),
  guesses AS (UPDATE phone_failures SET hour_failures = 0, consecutive = 0 WHERE phone = $1)`;

const RESET_PHONE_LIMITS: Statement = { name: 'forgive_phone', text: `WITH ${RESET_LIMITS} SELECT 1` };

const RESET_PHONE_LIMITS_AS: Statement = {
  name: 'forgive_phone_by',
  text: `
    WITH ${RESET_LIMITS},
    audited AS (${auditedBy('(SELECT 1) AS once', { id: '$2::uuid', event: 'phone.limits_reset', actor: '$3', phone: '$4' })})
    SELECT 1`,
};

/** A success forgives: the phone is proven to be in its owner's hands. */
export async function resetPhoneLimits(
  { phone }: { phone: string },
  { database }: { database: Database },
): Promise<void> {
  await database.query(RESET_PHONE_LIMITS, [phone]);
}

/** An admin forgives, for somebody who is locked out. */
export async function resetPhoneLimitsAs(
  { actor, phone, maskedPhone }: { actor: Actor; phone: string; maskedPhone: string },
  { database }: { database: Database },
): Promise<void> {
  await database.query(RESET_PHONE_LIMITS_AS, [phone, uuidv7(), actor, maskedPhone]);
}
