import type { SignedIn } from './signed-in.js';

export type SessionListener = (session: SignedIn | undefined) => void;

export interface SessionListeners {
  /** @returns how to stop */
  add(listener: SessionListener): () => void;
  /** @param current read for each listener anew: the one before may have changed it */
  call(current: () => SignedIn | undefined): void;
  clear(): void;
}

/** An error of one listener is reported to the page, and neither stops the others nor the caller. */
export function createSessionListeners(): SessionListeners {
  const listeners = new Set<SessionListener>();
  return {
    add(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    call(current) {
      for (const listener of listeners) {
        try {
          listener(current());
        } catch (error) {
          const report = typeof queueMicrotask === 'undefined' ? setTimeout : queueMicrotask;
          report(() => {
            throw error;
          });
        }
      }
    },
    clear: () => listeners.clear(),
  };
}
