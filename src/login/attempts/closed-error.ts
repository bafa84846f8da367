import { failureReason, loginAttemptStatus } from '../../db/enums.js';
import { bool, nullable } from '../../db/types.js';
import { AttemptClosed, AttemptNotFound, type FailureReason, type LoginAttemptStatus } from './attempt.js';

/** An attempt that a statement could not change, as it found it. */
export interface FoundAttempt {
  status: LoginAttemptStatus;
  failure_reason: FailureReason | null;
  overdue: boolean;
}

/** SQL: the columns of a `FoundAttempt`, of login_attempts `a`. */
export const FOUND_ATTEMPT = `a.status, a.failure_reason, a.expires_at <= now() AS overdue`;
export const FOUND_ATTEMPT_COLUMNS = {
  status: loginAttemptStatus,
  failure_reason: nullable(failureReason),
  overdue: bool,
};

/** The error that tells a client why its attempt cannot be changed; undefined while the attempt is open. */
export function closedError(found: FoundAttempt | undefined): AttemptNotFound | AttemptClosed | undefined {
  if (!found) return new AttemptNotFound();
  const open = found.status === 'PENDING' || found.status === 'CONFIRMING' || found.status === 'COMPLETED';
  if (open && !found.overdue) return undefined;
  return new AttemptClosed(open ? 'EXPIRED' : found.status, found.failure_reason);
}
