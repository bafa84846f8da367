import type { SignedIn } from './signed-in.js';

/** What the tabs of one application tell each other. Access tokens go from memory to memory and are never stored. */
export type TabMessage =
  | { type: 'session'; session: SignedIn; turn: number }
  | { type: 'signed-out'; sessionId: string }
  | { type: 'session-request' };

export interface Tabs {
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
  let channel = openChannel(name);
  channel?.addEventListener('message', ({ data }) => receive(data as TabMessage));

  return {
    send: (message) => channel?.postMessage(message),
    async inTurn<T>(work: () => Promise<T>) {
      const locks = typeof navigator === 'undefined' ? undefined : (navigator.locks as LockManager | undefined);
      if (!locks) return work();
      let started: Promise<T> | undefined;
      const waited = new AbortController();
      const timer = setTimeout(() => waited.abort(), LOCK_WITHIN_MS);
      // A lock that fails is no failure of the work.
      await locks.request(name, { signal: waited.signal }, () => (started = work())).catch(() => {});
      clearTimeout(timer);
      return started ?? work();
    },
    close() {
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
