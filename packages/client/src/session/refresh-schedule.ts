import { onResume } from '../on-resume.js';
import type { SessionStore } from './session-store.js';
import { REFRESH_AHEAD_MS, type SharedSession } from './shared-session.js';
import type { SignedIn } from './signed-in.js';

/** Refreshes ahead of expiry, again after a failure, and when the page wakes up. */
export interface RefreshSchedule {
  /** One refresh at a time: a caller that comes meanwhile gets the same result. @throws what `refresh` throws */
  refresh(): Promise<SignedIn | undefined>;
  /** Resolves when no refresh is under way. */
  settled(): Promise<void>;
  /** Counts from the expiry of a new session. */
  restart(session: SignedIn | undefined): void;
  close(): void;
}

/** Milliseconds. */
const SHORTEST_DELAY = 1_000;
const LONGEST_RETRY_DELAY = 60_000;

export function createRefreshSchedule(deps: {
  /** The key in storage, which the other tabs write too. */
  name: string;
  store: SessionStore;
  shared: Pick<SharedSession, 'current' | 'isFresh' | 'end' | 'inTurn'>;
  now: () => number;
  refresh: () => Promise<SignedIn | undefined>;
}): RefreshSchedule {
  const { name, store, shared, now } = deps;
  let refreshing: Promise<SignedIn | undefined> | undefined;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  const stopWatching = watchPage({ storageKey: name, onChange: catchUp });

  function catchUpIn(ms: number): void {
    clearTimeout(timer);
    if (!closed) timer = setTimeout(catchUp, Math.max(SHORTEST_DELAY, ms));
  }

  /** Does what is due: the token has expired, or other tabs have signed in or out. A hidden page can wait. */
  function catchUp(): void {
    if (typeof document !== 'undefined' && document.visibilityState !== 'visible') return;
    const stored = store.read();
    const current = shared.current();
    if (!stored) {
      if (current) shared.end(current.id);
    } else if (stored.sessionId !== current?.id || !shared.isFresh()) refresh().catch(() => {}); // it is retried
  }

  function refresh(): Promise<SignedIn | undefined> {
    refreshing ??= shared
      .inTurn(deps.refresh)
      .catch((error: unknown) => {
        catchUpIn(Math.min(LONGEST_RETRY_DELAY, SHORTEST_DELAY * 2 ** failures));
        failures += 1;
        throw error;
      })
      .finally(() => (refreshing = undefined));
    return refreshing;
  }

  return {
    refresh,
    settled: async () => void (await refreshing?.catch(() => {})),
    restart(session) {
      failures = 0;
      clearTimeout(timer);
      if (session) catchUpIn(session.freshUntil - REFRESH_AHEAD_MS - now());
    },
    close() {
      closed = true;
      clearTimeout(timer);
      stopWatching();
    },
  };
}

/** Calls when the page wakes up, and when another tab writes the key or clears storage. */
function watchPage({ storageKey, onChange }: { storageKey: string; onChange: () => void }): () => void {
  if (typeof document === 'undefined') return () => {};
  const stopOnResume = onResume(onChange);
  const onStorage = ({ key }: StorageEvent) => {
    if (key === storageKey || key === null) onChange();
  };
  addEventListener('storage', onStorage);
  return () => {
    stopOnResume();
    removeEventListener('storage', onStorage);
  };
}
