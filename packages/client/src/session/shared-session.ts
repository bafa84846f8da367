import type { SessionStore, StoredSession } from './session-store.js';
import { type Session, type SignedIn, type User, toSignedIn } from './signed-in.js';
import { type TabMessage, createTabs } from './tabs.js';

/** The session as the tabs of one application share it: in storage, in each tab's memory, and by messages between them. */
export interface SharedSession {
  /** The session in this tab's memory. */
  current(): SignedIn | undefined;
  /** Whether its access token can still be used. */
  isFresh(): boolean;
  /** Whether this tab's memory is of the same session and turn as storage. */
  isLatest(stored: StoredSession): boolean;
  /** Stores a session that the gateway gave, and tells the other tabs. */
  keep(session: Session): SignedIn;
  /** Puts a session into this tab's memory only. */
  adopt(session: SignedIn, turn: number): void;
  /** Shows a change of the user in every tab. */
  updateUser(user: User): void;
  /** Ends a session in every tab. Leaves another one alone that somebody has started meanwhile. */
  end(sessionId: string): void;
  /** Asks the other tabs for the session that they have in memory. Resolves when one has answered, or after 150 ms. */
  requestFromTabs(): Promise<void>;
  /** Receives what the other tabs tell. */
  listen(): void;
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

/** An access token is refreshed this long before it expires, so that none expires on its way to a backend. */
export const REFRESH_AHEAD_MS = 30_000;
const TAB_ANSWERS_WITHIN_MS = 150;

export function createSharedSession(deps: {
  name: string;
  store: SessionStore;
  /** This device's clock. */
  now: () => number;
  /** Called for every new value of `current`, also when its user and access token are the same. */
  onChange: (session: SignedIn | undefined, isSame: boolean) => void;
}): SharedSession {
  const { store, now } = deps;
  let current: SignedIn | undefined;
  /** The turn that `current` is of. */
  let turn = 0;
  let onAnswer: (() => void) | undefined;
  const tabs = createTabs({ name: deps.name, receive });

  const isFresh = () => current !== undefined && current.freshUntil - now() > REFRESH_AHEAD_MS;

  function receive(message: TabMessage): void {
    if (message.type === 'session-request' && current && isFresh())
      tabs.send({ type: 'session', session: current, turn });
    if (message.type === 'user' && message.sessionId === current?.id) setUser(current, message.user);
    if (message.type === 'signed-out' && message.sessionId === current?.id) set(undefined, 0);
    if (message.type === 'session' && isNewer(message.session, message.turn)) {
      set(message.session, message.turn);
      onAnswer?.();
    }
  }

  /** Storage decides which session counts: a message of another one is late. */
  const isNewer = ({ id }: SignedIn, itsTurn: number) =>
    store.read()?.sessionId === id && (current?.id !== id || itsTurn > turn);

  function set(session: SignedIn | undefined, itsTurn: number): void {
    const isSame = session?.accessToken === current?.accessToken && isSameUser(session?.user, current?.user);
    current = session;
    turn = itsTurn;
    deps.onChange(session, isSame);
  }

  /** The turn stays: it counts the refresh tokens. */
  function setUser(session: SignedIn, user: User): void {
    set({ ...session, user }, turn);
  }

  return {
    current: () => current,
    isFresh,
    isLatest: (stored) => stored.sessionId === current?.id && stored.turn === turn,
    adopt: set,
    keep(session) {
      const signedIn = toSignedIn(session, now());
      const next = Math.max(store.read()?.turn ?? 0, turn) + 1;
      store.write({ sessionId: session.id, refreshToken: session.refreshToken, turn: next });
      set(signedIn, next);
      tabs.send({ type: 'session', session: signedIn, turn: next });
      return signedIn;
    },
    updateUser(user) {
      if (current?.user.id !== user.id || isSameUser(current.user, user)) return;
      setUser(current, user);
      tabs.send({ type: 'user', sessionId: current.id, user });
    },
    end(sessionId) {
      if (store.read()?.sessionId === sessionId) store.write(undefined);
      tabs.send({ type: 'signed-out', sessionId });
      if (current?.id === sessionId) set(undefined, 0);
    },
    requestFromTabs: () =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timeout);
          onAnswer = undefined;
          resolve();
        };
        const timeout = setTimeout(done, TAB_ANSWERS_WITHIN_MS);
        onAnswer = done;
        tabs.send({ type: 'session-request' });
      }),
    listen: tabs.open,
    inTurn: tabs.inTurn,
    close: tabs.close,
  };
}

const isSameUser = (one: User | undefined, other: User | undefined) => JSON.stringify(one) === JSON.stringify(other);
