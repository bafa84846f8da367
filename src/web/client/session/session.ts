import { PhonegateError } from '../error.js';
import {
  type RefreshSessionMutation,
  type SessionOfClientFragment,
  type SignOutMutation,
  documents,
} from '../generated.js';
import type { Transport } from '../transport.js';
import { type Storage, createKeeping, createMemory } from './kept.js';
import { type Word, createTabs } from './tabs.js';

export type Session = SessionOfClientFragment;

/** Who is signed in here, and with what. */
export interface SignedIn {
  id: string;
  user: Session['user'];
  accessToken: string;
  /** By this device's clock, in milliseconds since 1970. */
  freshUntil: number;
}

/** Keeps one session for all tabs of an application. */
export interface SessionKeeper {
  /** Who is signed in; `undefined` while nobody is, and before `restore` has found out. */
  current(): SignedIn | undefined;
  /** Finds the session of an earlier visit, or of another tab. @throws PhonegateError NETWORK, UNAVAILABLE */
  restore(): Promise<SignedIn | undefined>;
  /**
   * An access token that is good for half a minute at least, refreshed where it must be; `undefined` when nobody is signed
   * in. @throws PhonegateError NETWORK, UNAVAILABLE: then nobody is signed out
   */
  accessToken(): Promise<string | undefined>;
  /** What shows that the session is this client's, where an access token is not enough; none where it is in a cookie. */
  refreshToken(): string | undefined;
  /** Takes over a session that a login gave. The client's own calls do it by themselves. */
  keep(session: Session): SignedIn;
  /** Ends the session at the gateway and here. @throws PhonegateError NETWORK: then it is not over */
  signOut(): Promise<void>;
  /** Forgets the session here, as when the gateway says that it is over. */
  forget(): void;
  /** Calls when somebody signs in, is refreshed or signs out, in any tab. @returns how to stop. */
  subscribe(listener: (session: SignedIn | undefined) => void): () => void;
  /** Calls when the session is over, in any tab and for whatever reason. @returns how to stop. */
  onSignedOut(listener: () => void): () => void;
  /** Lets go of timers and channels. */
  close(): void;
}

/** An access token is refreshed this long before it runs out, so that none is refused on its way. */
const AHEAD_MS = 30_000;
/** How long another tab may take to say what it has. */
const ANSWER_WITHIN_MS = 150;

export function createSessionKeeper(parts: { transport: Transport; url: string; storage?: Storage }): SessionKeeper {
  const { transport } = parts;
  const name = `phonegate:${parts.url}`;
  const keeping = createKeeping(parts.storage ?? browserStorage(), name);
  const listeners = new Set<(session: SignedIn | undefined) => void>();
  const tabs = createTabs(name, hear);
  let current: SignedIn | undefined;
  /** The turn that `current` is of. */
  let turn = 0;
  let heard: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let refreshing: Promise<SignedIn | undefined> | undefined;

  const isFresh = () => current !== undefined && current.freshUntil - Date.now() > AHEAD_MS;

  function hear(word: Word): void {
    if (word.type === 'anybody?') {
      if (current && isFresh()) tabs.tell({ type: 'session', session: current, turn });
    } else if (word.type === 'signed-out') {
      become(undefined, 0);
    } else if (word.turn >= turn || word.session.id !== current?.id) {
      become(word.session, word.turn);
      heard?.();
    }
  }

  function become(session: SignedIn | undefined, ofTurn: number): void {
    const same = session?.accessToken === current?.accessToken;
    current = session;
    turn = ofTurn;
    clearTimeout(timer);
    // A page that nobody looks at refreshes when it is looked at again.
    if (session) timer = setTimeout(refreshIfSeen, Math.max(1_000, session.freshUntil - Date.now() - AHEAD_MS));
    if (!same) for (const listener of listeners) listener(session);
  }

  function refreshIfSeen(): void {
    if (typeof document !== 'undefined' && document.visibilityState !== 'visible') return;
    if (current && !isFresh()) refresh().catch(() => {}); // the next call tells
  }

  function keep(session: Session): SignedIn {
    const signedIn = signedInBy(session);
    const kept = keeping.read();
    const next = (kept?.sessionId === session.id ? Math.max(kept.turn, turn) : 0) + 1;
    keeping.write({ sessionId: session.id, refreshToken: session.refreshToken, turn: next });
    become(signedIn, next);
    tabs.tell({ type: 'session', session: signedIn, turn: next });
    return signedIn;
  }

  function forget(): void {
    keeping.write(undefined);
    tabs.tell({ type: 'signed-out' });
    become(undefined, 0);
  }

  /** Asks the other tabs for what they have in memory. */
  function askTabs(): Promise<void> {
    return new Promise((resolve) => {
      const timeout = setTimeout(done, ANSWER_WITHIN_MS);
      function done() {
        clearTimeout(timeout);
        heard = undefined;
        resolve();
      }
      heard = done;
      tabs.tell({ type: 'anybody?' });
    });
  }

  function refresh(): Promise<SignedIn | undefined> {
    refreshing ??= tabs.inTurn(refreshOnce).finally(() => (refreshing = undefined));
    return refreshing;
  }

  async function refreshOnce(): Promise<SignedIn | undefined> {
    let kept = keeping.read();
    // Another tab has been quicker, or has had the session all along.
    if (kept && !isFresh() && (kept.turn !== turn || !current)) await askTabs();
    if (isFresh()) return current;
    for (;;) {
      if (!kept) {
        if (current) forget();
        return undefined;
      }
      const input = kept.refreshToken === '' ? {} : { refreshToken: kept.refreshToken };
      const { refreshSession } = await transport.send<RefreshSessionMutation>(documents.RefreshSession, { input });
      if (refreshSession.__typename === 'Session') return keep(refreshSession);
      const later = keeping.read();
      if (later?.refreshToken === kept.refreshToken) {
        forget();
        return undefined;
      }
      kept = later; // somebody without locks was quicker
    }
  }

  async function accessToken(): Promise<string | undefined> {
    if (current && isFresh()) return current.accessToken;
    return (await refresh())?.accessToken;
  }

  if (typeof document !== 'undefined') document.addEventListener('visibilitychange', refreshIfSeen);

  return {
    current: () => current,
    keep,
    forget,
    accessToken,
    refreshToken: () => keeping.read()?.refreshToken || undefined,
    async restore() {
      return current && isFresh() ? current : refresh();
    },
    async signOut() {
      const bearer = await accessToken();
      if (bearer === undefined) return;
      try {
        await transport.send<SignOutMutation>(documents.SignOut, {}, { bearer });
      } catch (error) {
        if (!(error instanceof PhonegateError && error.code === 'UNAUTHENTICATED')) throw error; // it was over already
      }
      forget();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onSignedOut(listener) {
      let was = current !== undefined;
      const told = (session: SignedIn | undefined) => {
        if (was && !session) listener();
        was = session !== undefined;
      };
      listeners.add(told);
      return () => void listeners.delete(told);
    },
    close() {
      clearTimeout(timer);
      tabs.close();
      listeners.clear();
      if (typeof document !== 'undefined') document.removeEventListener('visibilitychange', refreshIfSeen);
    },
  };
}

/** The token says how long it lives; when that began, this device's clock says, however wrong it goes. */
function signedInBy({ id, user, accessToken }: Session): SignedIn {
  const [, payload = ''] = accessToken.split('.');
  const { iat, exp } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as Record<
    'iat' | 'exp',
    number
  >;
  return { id, user, accessToken, freshUntil: Date.now() + (exp - iat) * 1_000 };
}

function browserStorage(): Storage {
  try {
    return localStorage;
  } catch {
    return createMemory(); // forbidden, or no browser
  }
}
