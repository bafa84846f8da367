import { failureReason } from '../../db/enums.js';
import { statement } from '../../db/statement.js';
import { uuid } from '../../db/types.js';
import type { LoginDeps } from '../create-login.js';
import type { FailureReason } from './attempt.js';

/** Of several concurrent requests to close an attempt, exactly one finds it PENDING. */
const FAIL_ATTEMPT = statement({
  name: 'login/fail_attempt',
  sql: `
    UPDATE login_attempts SET status = 'FAILED', failure_reason = :reason, version = version + 1
    WHERE id = :attemptId AND status = 'PENDING' AND expires_at > now()
    RETURNING id`,
  parameters: { attemptId: uuid, reason: failureReason },
  columns: { id: uuid },
});

/** Fails a PENDING attempt. An attempt that is already over keeps its status. */
export async function failAttempt(
  { attemptId, reason }: { attemptId: string; reason: FailureReason },
  { database, bus, audit }: Pick<LoginDeps, 'database' | 'bus' | 'audit'>,
): Promise<void> {
  const failed = await database.query(FAIL_ATTEMPT, { attemptId, reason });
  if (failed.length === 0) return;
  audit.info({ event: 'login.failed', attemptId, reason });
  bus.publish(attemptId);
}
