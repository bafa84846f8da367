import type { LoginDeps } from '../deps.js';
import type { FailureReason } from './attempt.js';

const FAIL_ATTEMPT = {
  name: 'fail_login_attempt',
  text: `
    UPDATE login_attempts SET status = 'FAILED', failure_reason = $2::failure_reason, version = version + 1
    WHERE id = $1 AND status = 'PENDING' AND expires_at > now()
    RETURNING id`,
};

/** Ends an open attempt with a reason. One that is over already stays as it is. */
export async function failAttempt(
  attemptId: string,
  reason: FailureReason,
  { database, bus, audit }: LoginDeps,
): Promise<boolean> {
  const rows = await database.query(FAIL_ATTEMPT, [attemptId, reason]);
  if (rows.length === 0) return false;
  audit.info({ event: 'login.failed', attemptId, reason });
  bus.publish(attemptId);
  return true;
}
