import type { SignedIn } from './session.js';

/** What the tabs of one application tell each other. Access tokens go from memory to memory, and are never stored. */
export type Word = { type: 'session'; session: SignedIn; turn: number } | { type: 'signed-out' } | { type: 'anybody?' };

export interface Tabs {
  tell(word: Word): void;
  /** Runs in one tab at a time. Without Web Locks (plain http) at once: the gateway bears two tabs at a time for 20 s. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

export function createTabs(name: string, hear: (word: Word) => void): Tabs {
  const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(name);
  if (channel) channel.addEventListener('message', ({ data }) => hear(data as Word));
  const locks = typeof navigator === 'undefined' ? undefined : (navigator.locks as LockManager | undefined);
  return {
    tell: (word) => channel?.postMessage(word),
    inTurn: <T>(work: () => Promise<T>) => (locks ? (locks.request(name, work) as Promise<T>) : work()),
    close: () => channel?.close(),
  };
}
