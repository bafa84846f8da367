import { NOTHING_SEEN } from '../../realtime/watch.js';
import { type LoginAttempt, hashSecret, isAttemptId } from './attempt.js';
import type { AttemptLoader } from './attempt-loader.js';

type Deps = { attempts: AttemptLoader };

/** The attempt for a client that sends its ID and secret; undefined for any other client. */
export async function readAttempt(
  key: { attemptId: string; secret: string },
  deps: Deps,
): Promise<LoginAttempt | undefined> {
  const attempt = await readChangedAttempt({ ...key, seenVersion: NOTHING_SEEN }, deps);
  return attempt === 'unchanged' ? undefined : attempt;
}

/** The same, or `unchanged` if the client has seen its version. */
export async function readChangedAttempt(
  { attemptId, secret, seenVersion }: { attemptId: string; secret: string; seenVersion: number },
  { attempts }: Deps,
): Promise<LoginAttempt | 'unchanged' | undefined> {
  if (!isAttemptId(attemptId)) return undefined;
  return attempts.load({ id: attemptId.toLowerCase(), hash: hashSecret(secret), seenVersion });
}
