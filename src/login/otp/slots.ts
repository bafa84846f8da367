import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { array, int4, nullable, text } from '../../db/types.js';
import { RateLimited } from '../../guard/errors.js';

/**
 * Marks the phone's overdue attempts as expired, which frees their slots, and counts the slots of the client that are
 * still taken.
 * Concurrent statements are safe: an attempt is expired once, by the one that locks it first.
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
 * @throws RateLimited when all of them are still taken after that
 */
export async function freeExpiredSlots(
  { slots, ...about }: { phone: string; country: string | undefined; slots: number[] },
  { database }: { database: Database },
): Promise<void> {
  const [found] = await database.query(FREE_EXPIRED_SLOTS, { phone: about.phone, slots });
  if (found && found.taken >= slots.length) throw new RateLimited(found.free_after ?? 1, 'open_attempts', about);
}
