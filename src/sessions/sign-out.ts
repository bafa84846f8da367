import { type RevokeDeps, endSession } from './revoke.js';

/** Ends the session that asks. Signing out twice is no error: the second time there is nothing left to do. */
export async function signOut(
  /** `userId`: undefined where only the refresh token was shown; the session's user is then the actor. */
  { sessionId, userId }: { sessionId: string; userId: string | undefined },
  deps: RevokeDeps,
): Promise<void> {
  await endSession({ sessionId, actor: userId, reason: 'signed_out' }, deps);
}
