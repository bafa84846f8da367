import type { SignedIn, User } from './signed-in.js';

/** What the tabs of one application tell each other. Access tokens go from memory to memory and are never stored. */
export type TabMessage =
  | { type: 'session'; session: SignedIn; turn: number }
  | { type: 'user'; sessionId: string; user: User }
  | { type: 'signed-out'; sessionId: string }
  | { type: 'session-request' };

export interface Tabs {
  /** Receives messages from now on, and sends. In a page this happens by itself. */
  open(): void;
  send(message: TabMessage): void;
  /**
   * Runs in one tab at a time. Runs at once where there are no Web Locks (plain http): the gateway accepts the same refresh
   * token from two tabs for 20 s.
   */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

/** A tab that the phone has suspended may hold its lock for hours. */
const LOCK_WITHIN_MS = 10_000;

export function createTabs({ name, receive }: { name: string; receive: (message: TabMessage) => void }): Tabs {
  let channel: BroadcastChannel | undefined;
  let open = () => {
    open = () => {};
    channel = openChannel(name);
    channel?.addEventListener('message', ({ data }) => receive(data as TabMessage));
  };
  // A channel keeps a server from exiting, so a program without a page opens it when it uses the session.
  if (typeof document !== 'undefined') open();

  return {
    open: () => open(),
    send(message) {
      open();
      channel?.postMessage(message);
    },
    async inTurn<T>(work: () => Promise<T>) {
      const locks = typeof navigator === 'undefined' ? undefined : (navigator.locks as LockManager | undefined);
      if (!locks) return work();
      let started: Promise<T> | undefined;
      const waited = new AbortController();
      const timer = setTimeout(() => waited.abort(), LOCK_WITHIN_MS);
      // A failing lock must not stop the work.
      await locks.request(name, { signal: waited.signal }, () => (started = work())).catch(() => {});
      clearTimeout(timer);
      return started ?? work();
    },
    close() {
      open = () => {};
      channel?.close();
      channel = undefined;
    },
  };
}

function openChannel(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(name);
  } catch {
    return undefined; // an old browser, or one that forbids it
  }
}
