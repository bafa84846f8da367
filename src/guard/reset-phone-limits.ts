import { v7 as uuidv7 } from 'uuid';
import { type Actor, auditedBy } from '../events/audited-by.js';
import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { text, uuid } from '../db/types.js';
import { SCOPE } from './budgets/budget.js';
import { isSubjectOf } from './guesses/guess-subjects.js';

const RESET_SENDS = `UPDATE budgets SET minute_sends = 0, hour_sends = 0, day_sends = 0, hour_cost = 0, day_cost = 0 WHERE ${isSubjectOf(':phone')}`;
/** A sign-in by WhatsApp itself causes a notification, so it must not reset their number. */
const RESET_SENDS_OF_CODES = `${RESET_SENDS} AND scope <> ${SCOPE.notificationsToPhone}`;
const RESET_FAILURES = `UPDATE guess_failures SET hour_failures = 0, day_failures = 0, total_failures = 0 WHERE ${isSubjectOf(':phone')}`;

const RESET_PHONE_LIMITS = statement({
  name: 'guard/reset_phone_limits',
  sql: `WITH sends AS (${RESET_SENDS_OF_CODES}) ${RESET_FAILURES}`,
  parameters: { phone: text },
  columns: {},
});

const RESET_PHONE_LIMITS_AS = statement({
  name: 'guard/reset_phone_limits_as',
  sql: `
    WITH sends AS (${RESET_SENDS}),
    failures AS (${RESET_FAILURES})
    ${auditedBy('(SELECT 1) AS entry', { id: ':entryId::uuid', event: 'phone.limits_reset', actor: ':actor', phone: ':maskedPhone' })}`,
  parameters: { phone: text, entryId: uuid, actor: text, maskedPhone: text },
  columns: {},
});

/**
 * Resets the limits of a phone, except those of notifications, after a message by WhatsApp, because the user has proven that they hold it. A right code
 * resets less: see `resetOwnFailures`.
 */
export async function resetPhoneLimits(
  { phone }: { phone: string },
  { database }: { database: Database },
): Promise<void> {
  await database.query(RESET_PHONE_LIMITS, { phone });
}

/** Resets all limits of a phone for an admin, and writes an audit entry in the same statement. */
export async function resetPhoneLimitsAs(
  { actor, phone, maskedPhone }: { actor: Actor; phone: string; maskedPhone: string },
  { database }: { database: Database },
): Promise<void> {
  await database.query(RESET_PHONE_LIMITS_AS, { phone, entryId: uuidv7(), actor, maskedPhone });
}
