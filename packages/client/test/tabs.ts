import { vi } from 'vitest';
import type { Storage } from '../src/index.js';
import { createClock } from '../src/clock.js';
import { type SyncStorage, createMemory } from '../src/storage.js';
import { type SessionKeeper, createSessionKeeper } from '../src/session/session-keeper.js';
import type { Session } from '../src/session/signed-in.js';
import { createTransport } from '../src/transport.js';

/** Tabs of one application in one browser, with one storage and one clock. */
export interface Browser {
  storage: SyncStorage;
  /** The stored session as JSON text. */
  stored(): string;
  tab(storage?: Storage): SessionKeeper;
  /** Moves the browser's clock. Access tokens live ten minutes. */
  pass(ms: number): void;
  close(): void;
}

export const MINUTE_MS = 60_000;
/** Nearly ten minutes, after which an access token is refreshed. */
export const TOKEN_LIFETIME_MS = 10 * MINUTE_MS - 20_000;

export function openBrowser(url: string): Browser {
  const storage = createMemory();
  const tabs: SessionKeeper[] = [];
  let passed = 0;
  return {
    storage,
    stored: () => storage.getItem(`phonegate:${url}`) ?? '',
    tab(own = storage) {
      const transport = createTransport({ url, locale: () => undefined, clock: createClock() });
      const keeper = createSessionKeeper({ transport, url, storage: own, now: () => Date.now() + passed });
      keeper.subscribe(() => {}); // outside of a page it receives from other tabs only once it is used
      tabs.push(keeper);
      return keeper;
    },
    pass: (ms) => void (passed += ms),
    close() {
      for (const tab of tabs) tab.close();
    },
  };
}

/** The sessions of test/support have every field that a keeper reads. */
export const asSession = (session: object) => session as Session;

/** Web Locks, which Node 20 lacks: one holder at a time, in the order of the requests. */
export function stubLocks(): void {
  const lasts = new Map<string, Promise<unknown>>();
  vi.stubGlobal('navigator', {
    locks: {
      request(name: string, { signal }: { signal: AbortSignal }, work: () => Promise<unknown>) {
        const turn = (lasts.get(name) ?? Promise.resolve()).then(() => {
          signal.throwIfAborted();
          return work();
        });
        lasts.set(
          name,
          turn.catch(() => {}),
        );
        return turn;
      },
    },
  });
}
