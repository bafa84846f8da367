import { hasCode } from '../error.js';
import { type SessionOfClientFragment, documents } from '../generated.js';
import type { Transport } from '../transport.js';
import { onWakeUp } from '../on-resume.js';
import { type Storage, createKeeping } from './session-store.js';
import { sendSigned } from './authenticated-send.js';
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
  /**
   * Finds the session of an earlier visit, or of another tab. When the gateway cannot be asked it goes on trying, and
   * tells who has subscribed. @throws PhonegateError NETWORK, UNAVAILABLE
   */
  restore(): Promise<SignedIn | undefined>;
  /**
   * An access token that is good for half a minute at least, refreshed where it must be; `undefined` when nobody is signed
   * in. @throws PhonegateError NETWORK, UNAVAILABLE: then nobody is signed out
   *
   * @param refused one that a backend has answered with 401: another is got, or it shows that the session is over
   */
  accessToken(refused?: string): Promise<string | undefined>;
  /** What shows that the session is this client's, where an access token is not enough; none where it is in a cookie. */
  refreshToken(): string | undefined;
  /** Takes over a session that a login gave. The client's own calls do it by themselves. */
  keep(session: Session): SignedIn;
  /** Ends the session at the gateway and here. @throws PhonegateError NETWORK, UNAVAILABLE: then it is not over */
  signOut(): Promise<void>;
  /** Forgets the session here and in the other tabs, as when a backend says that it is over. */
  forget(): void;
  /** Calls when somebody signs in, is refreshed or signs out, in any tab. @returns how to stop. */
  subscribe(listener: (session: SignedIn | undefined) => void): () => void;
  /** Calls when the session is over, in any tab and for whatever reason. @returns how to stop. */
  onSignedOut(listener: () => void): () => void;
  /** Lets go of timers, listeners and channels. A program that does not call it does not end. */
  close(): void;
}

/** An access token is refreshed this long before it runs out, so that none is refused on its way. */
const AHEAD_MS = 30_000;
/** How long another tab may take to say what it has. */
const ANSWER_WITHIN_MS = 150;
/**
 * A refresh token that was used is taken once more for 20 s, and is a thief's after that. If the answer to it is lost, it
 * must be shown again before then.
 */
const REFRESHED_WITHIN_MS = 8_000;
const LONGEST_WAIT_MS = 60_000;

export function createSessionKeeper(parts: {
  transport: Transport;
  url: string;
  storage: Storage;
  /** This device's clock. */
  now?: () => number;
}): SessionKeeper {
  const { transport, now = Date.now } = parts;
  const name = `phonegate:${parts.url}`;
  // What all tabs go by. They tell each other nothing but access tokens, and those count only for the session in here.
  const keeping = createKeeping(parts.storage, name);
  const listeners = new Set<(session: SignedIn | undefined) => void>();
  const tabs = createTabs(name, hear);
  const stopWatching = watchPage();
  let current: SignedIn | undefined;
  /** The turn that `current` is of. */
  let turn = 0;
  let heard: (() => void) | undefined;
  let refreshing: Promise<SignedIn | undefined> | undefined;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const isFresh = () => current !== undefined && current.freshUntil - now() > AHEAD_MS;

  function hear(word: Word): void {
    if (word.type === 'anybody?' && current && isFresh()) tabs.tell({ type: 'session', session: current, turn });
    if (word.type === 'signed-out' && word.sessionId === current?.id) become(undefined, 0);
    if (word.type === 'session' && isNews(word.session, word.turn)) {
      become(word.session, word.turn);
      heard?.();
    }
  }

  const isNews = ({ id }: SignedIn, ofTurn: number) =>
    keeping.read()?.sessionId === id && (current?.id !== id || ofTurn > turn);

  function become(session: SignedIn | undefined, ofTurn: number): void {
    const same = session?.accessToken === current?.accessToken;
    current = session;
    turn = ofTurn;
    failures = 0;
    clearTimeout(timer);
    if (session) catchUpIn(session.freshUntil - AHEAD_MS - now());
    if (!same) for (const listener of listeners) callListener(listener);
  }

  /** What a listener throws must keep no session from being kept, and no other listener from being called. */
  function callListener(listener: (session: SignedIn | undefined) => void): void {
    try {
      listener(current);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  function catchUpIn(ms: number): void {
    clearTimeout(timer);
    if (!closed) timer = setTimeout(catchUp, Math.max(1_000, ms));
  }

  /** A token has run out, or other tabs have done what this one slept through. A page that nobody looks at can wait. */
  function catchUp(): void {
    if (typeof document !== 'undefined' && document.visibilityState !== 'visible') return;
    const kept = keeping.read();
    if (!kept && current) end(current.id);
    if (kept && (kept.sessionId !== current?.id || !isFresh())) refresh().catch(() => {}); // it is tried again
  }

  function watchPage(): () => void {
    if (typeof document === 'undefined') return () => {};
    const stop = onWakeUp(catchUp);
    const changed = ({ key }: StorageEvent) => {
      if (key === name || key === null) catchUp();
    };
    addEventListener('storage', changed);
    return () => {
      stop();
      removeEventListener('storage', changed);
    };
  }

  function keep(session: Session): SignedIn {
    const signedIn = signedInBy(session, now());
    const next = Math.max(keeping.read()?.turn ?? 0, turn) + 1;
    keeping.write({ sessionId: session.id, refreshToken: session.refreshToken, turn: next });
    become(signedIn, next);
    tabs.tell({ type: 'session', session: signedIn, turn: next });
    return signedIn;
  }

  /** A session is over. Another one, that somebody has begun meanwhile, is not. */
  function end(sessionId: string): void {
    if (keeping.read()?.sessionId === sessionId) keeping.write(undefined);
    tabs.tell({ type: 'signed-out', sessionId });
    if (current?.id === sessionId) become(undefined, 0);
  }

  /** Asks the other tabs for what they have in memory. */
  function askTabs(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timeout);
        heard = undefined;
        resolve();
      };
      const timeout = setTimeout(done, ANSWER_WITHIN_MS);
      heard = done;
      tabs.tell({ type: 'anybody?' });
    });
  }

  function refresh(): Promise<SignedIn | undefined> {
    refreshing ??= tabs
      .inTurn(refreshOnce)
      .catch((error: unknown) => {
        catchUpIn(Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** failures));
        failures += 1;
        throw error;
      })
      .finally(() => (refreshing = undefined));
    return refreshing;
  }

  async function refreshOnce(): Promise<SignedIn | undefined> {
    for (;;) {
      const kept = keeping.read();
      if (!kept) {
        if (current) end(current.id);
        return undefined;
      }
      // Another tab has been quicker, or has had the session all along.
      if (kept.sessionId !== current?.id || kept.turn !== turn) await askTabs();
      if (kept.sessionId === current?.id && isFresh()) return current;

      const input = kept.refreshToken === '' ? {} : { refreshToken: kept.refreshToken };
      const { refreshSession: answer } = await transport.send(
        documents.RefreshSession,
        { input },
        { withinMs: REFRESHED_WITHIN_MS },
      );
      const later = keeping.read();
      if (later?.sessionId === kept.sessionId && later.turn === kept.turn) {
        if (answer.__typename === 'Session') return keep(answer);
        end(kept.sessionId);
        return undefined;
      }
      if (answer.__typename === 'Session' && answer.id === later?.sessionId) {
        // A tab without locks was quicker, and what it has kept may be newer.
        become(signedInBy(answer, now()), later.turn);
        return current;
      }
      // Somebody has signed in or out meanwhile: that counts.
    }
  }

  async function accessToken(refused?: string): Promise<string | undefined> {
    if (current && current.accessToken === refused) current.freshUntil = 0;
    return current && isFresh() ? current.accessToken : (await refresh())?.accessToken;
  }

  return {
    current: () => current,
    keep,
    accessToken,
    refreshToken: () => keeping.read()?.refreshToken || undefined,
    restore: async () => (current && isFresh() ? current : refresh()),
    async signOut() {
      if ((await accessToken()) === undefined) return;
      const id = current?.id;
      try {
        await sendSigned({ transport, accessToken }, documents.SignOut, {});
      } catch (error) {
        if (!hasCode(error, 'UNAUTHENTICATED')) throw error; // it was over already
      }
      if (id !== undefined) end(id);
    },
    forget() {
      const id = current?.id ?? keeping.read()?.sessionId;
      if (id !== undefined) end(id);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onSignedOut(listener) {
      let was = current !== undefined;
      const told = (session: SignedIn | undefined) => {
        const isOver = was && !session;
        was = session !== undefined;
        if (isOver) listener();
      };
      listeners.add(told);
      return () => void listeners.delete(told);
    },
    close() {
      closed = true;
      clearTimeout(timer);
      stopWatching();
      tabs.close();
      listeners.clear();
    },
  };
}

/** The token says how long it lives; when that began, this device's clock says, however wrong it goes. */
function signedInBy({ id, user, accessToken }: Session, now: number): SignedIn {
  const [, payload = ''] = accessToken.split('.');
  const { iat, exp } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as Record<
    'iat' | 'exp',
    number
  >;
  return { id, user, accessToken, freshUntil: now + (exp - iat) * 1_000 };
}
