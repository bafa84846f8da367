import { type RevokeDeps, endSession } from './revoke.js';

/** Ends the caller's session. Signing out twice is not an error. */
export async function signOut(
  /** `userId` is undefined when only a refresh token identifies the caller. Then the session's user is the actor. */
  { sessionId, userId }: { sessionId: string; userId: string | undefined },
  deps: RevokeDeps,
): Promise<void> {
  await endSession({ sessionId, actor: userId, reason: 'signed_out' }, deps);
}
