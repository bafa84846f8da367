import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { int4, nullable, text } from '../../db/types.js';
import { RateLimited } from '../../guard/errors.js';
import { OPEN_OTP_ATTEMPTS_PER_PHONE } from '../../guard/limits.js';
import { phoneLimit } from '../../guard/phone-failures.js';

/**
 * Marks the phone's overdue attempts as expired, which frees their slots, and counts the slots that are still taken.
 * Concurrent statements are safe: an attempt is expired once, by the one that locks it first.
 */
const FREE_EXPIRED_SLOTS = statement({
  name: 'login/free_expired_otp_slots',
  sql: `
    WITH expired AS (
      UPDATE login_attempts SET status = 'EXPIRED', version = version + 1
      WHERE phone = :phone AND method = 'OTP' AND status = 'PENDING' AND expires_at <= now()
    )
    SELECT count(*)::int AS taken, ceil(extract(epoch FROM min(expires_at) - now()))::int AS free_after,
           (${phoneLimit(':phone')}) AS retry_after
    FROM login_attempts WHERE phone = :phone AND method = 'OTP' AND status = 'PENDING' AND expires_at > now()`,
  parameters: { phone: text },
  columns: { taken: int4, free_after: nullable(int4), retry_after: nullable(int4) },
});

/**
 * Frees the slots of a phone's expired attempts.
 *
 * @throws RateLimited when no attempt can be opened after that: all slots are taken, or the phone has no guesses left.
 */
export async function freeExpiredSlots(
  subjects: { phone: string },
  { database }: { database: Database },
): Promise<void> {
  const [slots] = await database.query(FREE_EXPIRED_SLOTS, subjects);
  if (slots?.retry_after) throw new RateLimited(slots.retry_after, 'guesses');
  if (slots && slots.taken >= OPEN_OTP_ATTEMPTS_PER_PHONE)
    throw new RateLimited(slots.free_after ?? 1, 'open_attempts');
}
