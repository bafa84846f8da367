import type { Storage } from '../storage.js';
import { createStoredText } from '../stored-text.js';

/** What all tabs share, and what outlives a reload. The access token is not in it. */
export interface StoredSession {
  sessionId: string;
  /** Empty where the gateway keeps it in a cookie that no script can read. */
  refreshToken: string;
  /** Grows with every write, so a tab sees that another one has refreshed or signed in since. */
  turn: number;
}

export interface SessionStore {
  /** The session; `undefined` also before `load`, where storage is asynchronous. */
  read(): StoredSession | undefined;
  /** Reads an asynchronous storage. Never rejects. */
  load(): Promise<void>;
  write(session: StoredSession | undefined): void;
}

export function createSessionStore(entry: { storage: Storage; key: string }): SessionStore {
  const stored = createStoredText(entry);
  return {
    read: () => parseStored(stored.read() ?? '{}'),
    load: stored.load,
    write: (session) => stored.write(session ? JSON.stringify(session) : null),
  };
}

function parseStored(text: string): StoredSession | undefined {
  try {
    const { sessionId, refreshToken, turn } = JSON.parse(text) as Partial<StoredSession>;
    return typeof sessionId === 'string' && typeof refreshToken === 'string' && typeof turn === 'number'
      ? { sessionId, refreshToken, turn }
      : undefined;
  } catch {
    return undefined; // another program's value
  }
}
