import type { SignedIn } from './session.js';

/** What the tabs of one application tell each other. Access tokens go from memory to memory, and are never stored. */
export type Word =
  | { type: 'session'; session: SignedIn; turn: number }
  | { type: 'signed-out'; sessionId: string }
  | { type: 'anybody?' };

export interface Tabs {
  tell(word: Word): void;
  /** Runs in one tab at a time. Where that cannot be had (plain http) at once: the gateway bears two tabs at a time for 20 s. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

/** A tab that the phone has put to sleep may hold its turn for hours. */
const TURN_WITHIN_MS = 10_000;

export function createTabs(name: string, hear: (word: Word) => void): Tabs {
  let channel = openChannel(name);
  channel?.addEventListener('message', ({ data }) => hear(data as Word));

  return {
    tell: (word) => channel?.postMessage(word),
    async inTurn<T>(work: () => Promise<T>) {
      const locks = typeof navigator === 'undefined' ? undefined : (navigator.locks as LockManager | undefined);
      if (!locks) return work();
      let begun: Promise<T> | undefined;
      const impatience = new AbortController();
      const timer = setTimeout(() => impatience.abort(), TURN_WITHIN_MS);
      // What goes wrong with the lock says nothing of the work.
      await locks.request(name, { signal: impatience.signal }, () => (begun = work())).catch(() => {});
      clearTimeout(timer);
      return begun ?? work();
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
