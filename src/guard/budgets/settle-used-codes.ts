import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { array, uuid } from '../../db/types.js';
import { SCOPE } from './budget.js';
import { WEIGHTS } from '../limits.js';
import { countAsUsed, isOfDestination, isUncounted, usesReserve } from './count-as-used.js';

/** SQL: whether the attempt `a` is the first of this day (UTC) that its phone has completed. */
const isFirstOfDay = (a: string) => `NOT EXISTS (
        SELECT FROM login_attempts earlier
        WHERE earlier.phone = ${a}.phone AND earlier.completed_at >= date_trunc('day', ${a}.completed_at, 'UTC')
          AND (earlier.completed_at, earlier.id) < (${a}.completed_at, ${a}.id))`;

/**
 * An attempt enlarges a budget by one message, and only the first of the day of its phone does. The others neither spend nor enlarge what
 * destinations have for codes that are not used, and on a known device nor what networks have.
 */
const SETTLE = statement({
  name: 'guard/settle_used_codes',
  sql: `
    WITH completed AS MATERIALIZED (
      SELECT a.id, a.phone, a.charged, a.device_hash IS NOT NULL AS on_device, ${isFirstOfDay('a')} AS is_first,
             ${usesReserve('a.charged')} AS uses_reserve
      FROM login_attempts a WHERE a.id = ANY(:attemptIds::uuid[])
    ), used AS (
      SELECT subject, count(*)::int AS messages, count(DISTINCT id) FILTER (WHERE is_first)::int AS verified,
             (count(*) FILTER (WHERE on_device))::int AS on_devices, (count(*) FILTER (WHERE uses_reserve AND NOT on_device))::int AS in_reserve,
             (count(*) FILTER (WHERE on_device) - count(DISTINCT id) FILTER (WHERE on_device AND is_first))::int AS unverified_on_devices
      FROM completed, unnest(charged) AS subject WHERE subject IS DISTINCT FROM phone GROUP BY subject
    ), locked AS (
      SELECT b.subject, used.messages, used.verified,
             CASE WHEN b.scope = ${SCOPE.users} THEN ${WEIGHTS.unused} * (used.on_devices + used.in_reserve)
                  WHEN ${isUncounted('b')} THEN ${WEIGHTS.unused} * used.on_devices ELSE 0 END
             - ${WEIGHTS.used} * CASE WHEN ${isOfDestination('b')} THEN used.messages - used.verified
                                      WHEN ${isUncounted('b')} THEN used.unverified_on_devices ELSE 0 END AS correction
      FROM budgets b JOIN used ON used.subject = b.subject ORDER BY b.scope, b.subject FOR UPDATE OF b
    ), settled AS (
      UPDATE budgets b SET ${countAsUsed('b', { messages: 'locked.messages', verified: 'locked.verified', correction: 'locked.correction' })}
      FROM locked WHERE b.subject = locked.subject
    )
    SELECT id FROM completed WHERE is_first`,
  parameters: { attemptIds: array(uuid) },
  columns: { id: uuid },
});

/**
 * Counts the messages of attempts whose code was used as used, in the budgets that many attempts share; and the starts of WhatsApp
 * logins that were completed.
 *
 * @returns the attempts that are the first of their phone on their day. Only these say something about a network: somebody with one SIM can
 *   use any number of codes.
 */
export async function settleUsedCodes(
  { attemptIds }: { attemptIds: string[] },
  { database }: { database: Database },
): Promise<Set<string>> {
  const rows = await database.query(SETTLE, { attemptIds });
  return new Set(rows.map(({ id }) => id));
}
