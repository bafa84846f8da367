/** What all tabs share, and what outlives a reload. The access token is not in it. */
export interface StoredSession {
  sessionId: string;
  /** Empty where the gateway keeps it in a cookie that no script can read. */
  refreshToken: string;
  /** Grows with every write, so a tab sees that another one has refreshed or signed in since. */
  turn: number;
}

/** Where the session is stored. `localStorage` unless the application passes another. */
export interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface SessionStore {
  read(): StoredSession | undefined;
  write(session: StoredSession | undefined): void;
}

export function createSessionStore({ storage, key }: { storage: Storage; key: string }): SessionStore {
  /** Set when storage refuses writes, as in a private window: the session then lasts as long as the page. */
  let unstored: StoredSession | undefined;
  return {
    read() {
      if (unstored) return unstored;
      try {
        return parseStored(storage.getItem(key) ?? '{}');
      } catch {
        return undefined; // another program's value, or storage is forbidden
      }
    },
    write(session) {
      unstored = undefined;
      try {
        if (session) return storage.setItem(key, JSON.stringify(session));
      } catch {
        unstored = session;
      }
      try {
        storage.removeItem(key); // it would be of an earlier session
      } catch {}
    },
  };
}

function parseStored(text: string): StoredSession | undefined {
  const { sessionId, refreshToken, turn } = JSON.parse(text) as Partial<StoredSession>;
  return typeof sessionId === 'string' && typeof refreshToken === 'string' && typeof turn === 'number'
    ? { sessionId, refreshToken, turn }
    : undefined;
}

/** Storage for this page only. */
export function createMemory(): Storage {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}

export function browserStorage(): Storage {
  try {
    return localStorage ?? createMemory(); // an Android WebView may have null
  } catch {
    return createMemory(); // forbidden, or no browser
  }
}
