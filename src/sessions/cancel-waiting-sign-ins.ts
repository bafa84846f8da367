import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { uuid } from '../db/types.js';
import type { Bus } from '../realtime/bus.js';

/** SQL: whether an attempt waits for its second step or its claim. */
export const IS_WAITING_SIGN_IN = `purpose = 'SIGN_IN' AND status IN ('CONFIRMING', 'COMPLETED') AND expires_at > now()`;

const cancelWaiting = (name: string, lock: 'FOR UPDATE' | 'FOR UPDATE SKIP LOCKED') =>
  statement({
    name,
    sql: `
    WITH waiting AS (
      SELECT id FROM login_attempts
      WHERE user_id = :userId AND ${IS_WAITING_SIGN_IN}
      ORDER BY id ${lock}
    )
    UPDATE login_attempts a SET status = 'CANCELED', version = a.version + 1 FROM waiting WHERE a.id = waiting.id
    RETURNING a.id`,
    parameters: { userId: uuid },
    columns: { id: uuid },
  });

/**
 * A sign-in that waits for its second step or its claim would open a session after all others have ended. This statement
 * runs before the one that ends the sessions: if a claim is faster, that one sees its session.
 */
const CANCEL_WAITING = cancelWaiting('sessions/cancel_waiting_sign_ins', 'FOR UPDATE');
/** The same where a claim that runs at the moment is refused anyway, so that nobody waits for it. */
const CANCEL_UNLOCKED = cancelWaiting('sessions/cancel_unlocked_sign_ins', 'FOR UPDATE SKIP LOCKED');

/**
 * Cancels the sign-ins of a user that wait for a second step or a claim. `claimIsRefused`: a claim that runs at the moment
 * is refused, whatever this statement does.
 */
export async function cancelWaitingSignIns(
  { userId, claimIsRefused }: { userId: string; claimIsRefused: boolean },
  { database, bus }: { database: Database; bus: Bus },
): Promise<void> {
  const canceled = await database.query(claimIsRefused ? CANCEL_UNLOCKED : CANCEL_WAITING, { userId });
  for (const { id } of canceled) bus.publish(id);
}
