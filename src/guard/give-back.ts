import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { array, int4, text } from '../db/types.js';
import { WEIGHTS } from './limits.js';

/** What one message was charged. */
export interface Charge {
  subjects: string[];
  /** In millionths of a US dollar. */
  cost: number;
}

const REFUND = WEIGHTS.unused - WEIGHTS.refused;

const GIVE_BACK = statement({
  name: 'guard/give_back',
  sql: `
    UPDATE budgets b SET
      minute_sends = greatest(0, b.minute_sends - ${REFUND}), hour_sends = greatest(0, b.hour_sends - ${REFUND}), day_sends = greatest(0, b.day_sends - ${REFUND}),
      hour_cost = greatest(0, b.hour_cost - :cost::int), day_cost = greatest(0, b.day_cost - :cost::int)
    FROM (SELECT subject FROM budgets WHERE subject = ANY(:subjects::text[]) ORDER BY scope, subject FOR UPDATE) AS locked
    WHERE b.subject = locked.subject`,
  parameters: { subjects: array(text), cost: int4 },
  columns: {},
});

/**
 * Gives back the money of a message that its provider refused, and half of the message: the question has reached the
 * provider, and an attacker must not ask it without end.
 */
export async function giveBack(charge: Charge, { database }: { database: Database }): Promise<void> {
  if (charge.subjects.length > 0) await database.query(GIVE_BACK, charge);
}
