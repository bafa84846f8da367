import { failureReason } from '../../db/enums.js';
import { statement } from '../../db/statement.js';
import { uuid } from '../../db/types.js';
import type { LoginDeps } from '../create-login.js';
import type { FailureReason } from './attempt.js';
import { STATE_COLUMNS, STATE_COLUMNS_OF_A, publishAttempt } from './attempt-state.js';

/** Of several concurrent requests to close an attempt, exactly one finds it PENDING. */
const FAIL_ATTEMPT = statement({
  name: 'login/fail_attempt',
  sql: `
    UPDATE login_attempts a SET status = 'FAILED', failure_reason = :reason, version = version + 1
    WHERE id = :attemptId AND status = 'PENDING' AND expires_at > now()
    RETURNING ${STATE_COLUMNS_OF_A}`,
  parameters: { attemptId: uuid, reason: failureReason },
  columns: STATE_COLUMNS,
});

/** Fails a PENDING attempt. An attempt that is already over keeps its status. */
export async function failAttempt(
  { attemptId, reason }: { attemptId: string; reason: FailureReason },
  deps: Pick<LoginDeps, 'config' | 'keyring' | 'database' | 'bus' | 'audit'>,
): Promise<void> {
  const [failed] = await deps.database.query(FAIL_ATTEMPT, { attemptId, reason });
  if (!failed) return;
  await publishAttempt(failed, deps);
  deps.audit.info({ event: 'login.failed', attemptId, reason });
}
