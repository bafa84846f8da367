import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { array, int4, nullable, text } from '../../db/types.js';

/**
 * Marks the phone's overdue attempts as expired, which frees their slots, and counts the slots of the client that are
 * still taken. Concurrent statements are safe: an attempt is expired once, by the one that locks it first.
 */
const FREE_EXPIRED_SLOTS = statement({
  name: 'login/free_expired_otp_slots',
  sql: `
    WITH expired AS (
      UPDATE login_attempts SET status = 'EXPIRED', version = version + 1
      WHERE phone = :phone AND method = 'OTP' AND status = 'PENDING' AND expires_at <= now()
    )
    SELECT count(*)::int AS taken, ceil(extract(epoch FROM min(expires_at) - now()))::int AS free_after FROM login_attempts
    WHERE phone = :phone AND method = 'OTP' AND status = 'PENDING' AND expires_at > now() AND active_slot = ANY(:slots::int[])`,
  parameters: { phone: text, slots: array(int4) },
  columns: { taken: int4, free_after: nullable(int4) },
});

/**
 * Frees the slots of a phone's expired attempts.
 *
 * @param slots those that the client may take
 * @returns undefined when one of them is free now; otherwise the seconds until one is
 */
export async function freeExpiredSlots(
  { phone, slots }: { phone: string; slots: number[] },
  { database }: { database: Database },
): Promise<number | undefined> {
  const [found] = await database.query(FREE_EXPIRED_SLOTS, { phone, slots });
  return found && found.taken >= slots.length ? (found.free_after ?? 1) : undefined;
}
