import { type LoginAttempt, hashSecret, isAttemptId } from './attempt.js';
import type { AttemptLoader } from './attempt-loader.js';

/** The attempt for a client that sends its ID and secret; undefined for any other client. */
export async function readAttempt(
  { attemptId, secret }: { attemptId: string; secret: string },
  { attempts }: { attempts: AttemptLoader },
): Promise<LoginAttempt | undefined> {
  return isAttemptId(attemptId) ? attempts.load({ id: attemptId.toLowerCase(), hash: hashSecret(secret) }) : undefined;
}
