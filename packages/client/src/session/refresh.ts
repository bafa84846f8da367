import { documents } from '../generated.js';
import type { Transport } from '../transport.js';
import type { SessionStore } from './session-store.js';
import type { SharedSession } from './shared-session.js';
import { type SignedIn, toSignedIn } from './signed-in.js';

/**
 * Within 20 s of a refresh, the gateway gives every tab that sends the same refresh token the same answer. A lost answer must
 * be noticed early enough for the token to be sent again before then.
 */
const ANSWERED_WITHIN_MS = 8_000;

/**
 * Gets a fresh access token: from another tab, or else from the gateway. `undefined` when nobody is signed in, or the gateway
 * refuses the refresh token. When another tab signs in or out meanwhile, that tab's session counts.
 *
 * @throws PhonegateError NETWORK, UNAVAILABLE
 */
export async function refreshSession(deps: {
  transport: Transport;
  store: SessionStore;
  shared: SharedSession;
  now: () => number;
}): Promise<SignedIn | undefined> {
  const { transport, store, shared, now } = deps;
  for (;;) {
    await store.load();
    const stored = store.read();
    if (!stored) {
      const current = shared.current();
      if (current) shared.end(current.id);
      return undefined;
    }
    if (!shared.isLatest(stored)) await shared.requestFromTabs();
    const current = shared.current();
    if (stored.sessionId === current?.id && shared.isFresh()) return current;

    const { refreshSession: answer } = await transport.send(
      documents.RefreshSession,
      { input: { refreshToken: stored.refreshToken || undefined } },
      { withinMs: ANSWERED_WITHIN_MS },
    );
    await store.load();
    const storedNow = store.read();
    if (storedNow?.sessionId === stored.sessionId && storedNow.turn === stored.turn) {
      if (answer.__typename === 'Session') return shared.keep(answer);
      shared.end(stored.sessionId);
      return undefined;
    }
    if (answer.__typename === 'Session' && answer.id === storedNow?.sessionId) {
      // Without locks another tab was faster, and its refresh token may be newer than this answer's.
      shared.adopt(toSignedIn(answer, now()), storedNow.turn);
      return shared.current();
    }
  }
}
