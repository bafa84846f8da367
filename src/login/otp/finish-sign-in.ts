import { hasColumns } from '../../db/outer-join.js';
import { resetOwnFailures } from '../../guard/guesses/reset-own-failures.js';
import { type DeviceTokens, keptToken } from '../../sessions/device-tokens.js';
import { SESSION_COLUMNS, type Session, mintSession } from '../../sessions/session.js';
import type { OutputsOf } from '../../db/types.js';
import { AttemptClosed } from '../attempts/attempt.js';
import type { LoginDeps } from '../create-login.js';
import type { ACCEPTED_COLUMNS } from './open-session-sql.js';
import type { CheckedAttempt } from './check-code.js';

/** An attempt whose right code was accepted. */
interface AcceptedAttempt extends CheckedAttempt {
  /** IP of the client. */
  ip: string;
}

/** Tells the watchers of an attempt, and the guard, that its right code was accepted. */
export function reportAccepted(
  { attemptId, testPhone, ip }: Pick<AcceptedAttempt, 'attemptId' | 'testPhone' | 'ip'>,
  { bus, usedCodes }: Pick<LoginDeps, 'bus' | 'usedCodes'>,
): void {
  bus.publish(attemptId);
  // A fixed code says nothing about the network of its client.
  if (!testPhone) usedCodes.add({ attemptId, ip });
}

interface FinishInput {
  attempt: AcceptedAttempt;
  device: DeviceTokens;
  /** `recycled_id`: the user from whom the phone was taken. */
  row: OutputsOf<typeof ACCEPTED_COLUMNS> & { recycled_id: string | null };
}

/**
 * Returns the session that a statement has opened for the right code.
 *
 * @throws AttemptClosed when it has opened none, because the user is unknown or blocked
 */
export async function finishSignIn(
  { attempt, device, row }: FinishInput,
  { database, bus, usedCodes, audit, mint }: Pick<LoginDeps, 'database' | 'bus' | 'usedCodes' | 'audit' | 'mint'>,
): Promise<Session> {
  const { attemptId, client, failedBefore, testPhone } = attempt;
  reportAccepted(attempt, { bus, usedCodes });
  if (!hasColumns(row, SESSION_COLUMNS)) {
    audit.info({ event: 'login.failed', attemptId, reason: row.failure_reason });
    throw new AttemptClosed(row.status, row.failure_reason);
  }
  if (failedBefore) await resetOwnFailures(client, { database });
  const { user_id: userId, session_id: sessionId, user_role: role } = row;
  if (row.recycled_id !== null)
    audit.info({ event: 'user.phone_released', attemptId, userId: row.recycled_id, newUserId: userId });
  audit.info({ event: 'otp.verified', attemptId, userId, sessionId, role, ...(testPhone ? { testPhone } : {}) });
  return mintSession(row, mint, keptToken(device, row.known_device));
}
