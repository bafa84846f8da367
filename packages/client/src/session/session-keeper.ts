import { hasCode } from '../error.js';
import { documents } from '../generated.js';
import type { Transport } from '../transport.js';
import { sendAuthenticated } from './authenticated-send.js';
import { createSessionListeners } from './listeners.js';
import { createRefreshSchedule } from './refresh-schedule.js';
import { refreshSession } from './refresh.js';
import type { Storage } from '../storage.js';
import { createSessionStore } from './session-store.js';
import { createSharedSession } from './shared-session.js';
import type { Session, SignedIn, User } from './signed-in.js';

/** Keeps one session for all tabs of an application. */
export interface SessionKeeper {
  /** The session; `undefined` when nobody is signed in, and before `restore` has found out. */
  current(): SignedIn | undefined;
  /**
   * Finds the session of an earlier visit or of another tab. When the gateway cannot be reached it goes on trying, and calls
   * the subscribers when it has found out. @throws PhonegateError NETWORK, UNAVAILABLE
   */
  restore(): Promise<SignedIn | undefined>;
  /**
   * An access token that is valid for 30 seconds at least, refreshed where necessary; `undefined` when nobody is signed in.
   * @throws PhonegateError NETWORK, UNAVAILABLE: the user stays signed in
   *
   * @param refused a token that a backend has answered with 401: returns another one, or finds that the session is over
   */
  accessToken(refused?: string): Promise<string | undefined>;
  /** The same for requests that another GraphQL client sends to the gateway itself. Show it to no other server. */
  gatewayToken(refused?: string): Promise<string | undefined>;
  /** Proves the session where an access token is not enough. `undefined` where it is in a cookie, and before `restore`. */
  refreshToken(): string | undefined;
  /** Takes over the session of a login. The client's own calls do this by themselves. */
  keep(session: Session): SignedIn;
  /** Ends the session at the gateway and here. @throws PhonegateError NETWORK, UNAVAILABLE: the session goes on */
  signOut(): Promise<void>;
  /** Forgets the session here and in the other tabs, for instance when a backend says that it is over. */
  forget(): void;
  /** Calls when a user signs in or out or a token is refreshed, in any tab. @returns how to stop */
  subscribe(listener: (session: SignedIn | undefined) => void): () => void;
  /** Calls when the session is over, in any tab and for any reason. @returns how to stop */
  onSignedOut(listener: () => void): () => void;
  /** Releases timers, listeners and channels. A Node program does not exit before. */
  close(): void;
}

/** What the client itself needs of its session keeper. @internal */
export interface OwnSessionKeeper extends SessionKeeper {
  /** Shows a change of the user in every tab. An access token that names the previous phone is refreshed. */
  updateUser(user: User): Promise<void>;
}

/** @internal */
export function createSessionKeeper(deps: {
  transport: Transport;
  url: string;
  storage: Storage;
  /** This device's clock. */
  now?: () => number;
}): OwnSessionKeeper {
  const { transport, now = Date.now } = deps;
  const name = `phonegate:${deps.url}`;
  const store = createSessionStore({ storage: deps.storage, key: name });
  const listeners = createSessionListeners();
  const shared = createSharedSession({
    name,
    store,
    now,
    onChange(session, isSame) {
      schedule.restart(session);
      if (!isSame) listeners.call(shared.current);
    },
  });
  const schedule = createRefreshSchedule({
    name,
    store,
    shared,
    now,
    refresh: () => refreshSession({ transport, store, shared, now }),
  });

  const restore = async () => (shared.isFresh() ? shared.current() : schedule.refresh());
  const tokenGetter = (name: 'accessToken' | 'gatewayToken') => async (refused?: string) => {
    const current = shared.current();
    // A tab with an older version of this client shares no gateway token. That counts as refused too.
    if (current && current[name] === refused) current.freshUntil = 0;
    return (await restore())?.[name];
  };
  const accessToken = tokenGetter('accessToken');
  const gatewayToken = tokenGetter('gatewayToken');

  const subscribe: SessionKeeper['subscribe'] = (listener) => {
    shared.listen();
    return listeners.add(listener);
  };

  return {
    current: shared.current,
    keep: shared.keep,
    accessToken,
    gatewayToken,
    refreshToken: () => store.read()?.refreshToken || undefined,
    restore,
    async signOut() {
      if (!(await gatewayToken())) return;
      const id = shared.current()?.id;
      try {
        await sendAuthenticated(documents.SignOut, {}, { transport, gatewayToken });
      } catch (error) {
        if (!hasCode(error, 'UNAUTHENTICATED')) throw error; // the session was over already
      }
      if (id) shared.end(id);
    },
    forget() {
      const id = shared.current()?.id ?? store.read()?.sessionId;
      if (id) shared.end(id);
      else store.write(undefined); // an asynchronous storage may not have answered yet
    },
    async updateUser(user) {
      const before = shared.current();
      shared.updateUser(user);
      if (before?.user.id !== user.id || before.user.phone === user.phone) return;
      await schedule.settled(); // a refresh that is under way may have read the previous phone
      await accessToken(shared.current()?.accessToken).catch(() => {}); // it is retried
    },
    subscribe,
    onSignedOut(listener) {
      let before = shared.current();
      return subscribe((session) => {
        const isOver = before && !session;
        before = session;
        if (isOver) listener();
      });
    },
    close() {
      schedule.close();
      shared.close();
      listeners.clear();
    },
  };
}
