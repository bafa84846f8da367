/** What outlives a reload, one for all tabs. The access token is not in it. */
export interface Kept {
  sessionId: string;
  /** Empty where the gateway keeps it in a cookie that no script can read. */
  refreshToken: string;
  /** Counts what is kept: tells a tab that another one has been quicker. */
  turn: number;
}

/** Where it is kept. `localStorage` unless the application says otherwise. */
export interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export function createKeeping(storage: Storage, key: string) {
  /** What storage would not take, as in a private window: then the session lasts as long as the page. */
  let refused: Kept | undefined;
  return {
    read(): Kept | undefined {
      if (refused) return refused;
      try {
        return readKept(storage.getItem(key) ?? '{}');
      } catch {
        return undefined; // not ours, or storage is forbidden
      }
    },
    write(kept: Kept | undefined): void {
      refused = undefined;
      try {
        if (kept) return storage.setItem(key, JSON.stringify(kept));
      } catch {
        refused = kept;
      }
      try {
        storage.removeItem(key); // what is there is of an earlier session
      } catch {}
    },
  };
}

function readKept(text: string): Kept | undefined {
  const { sessionId, refreshToken, turn } = JSON.parse(text) as Partial<Kept>;
  return typeof sessionId === 'string' && typeof refreshToken === 'string' && typeof turn === 'number'
    ? { sessionId, refreshToken, turn }
    : undefined;
}

/** Where there is no storage at all: in this page only. */
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
