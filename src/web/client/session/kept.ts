/** What outlives a reload, one for all tabs. The access token is not in it. */
export interface Kept {
  sessionId: string;
  /** Empty where the gateway keeps it in a cookie that no script can read. */
  refreshToken: string;
  /** Counts the refreshes: tells a tab that another one has been quicker. */
  turn: number;
}

/** Where it is kept. `localStorage` unless the application says otherwise. */
export type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>;

export function createKeeping(storage: Storage, key: string) {
  return {
    read(): Kept | undefined {
      try {
        return (JSON.parse(storage.getItem(key) ?? 'null') as Kept | null) ?? undefined;
      } catch {
        return undefined; // not ours, or storage is forbidden
      }
    },
    write(kept: Kept | undefined): void {
      try {
        if (kept) storage.setItem(key, JSON.stringify(kept));
        else storage.removeItem(key);
      } catch {
        // A private window may refuse: then the session lasts as long as the page.
      }
    },
  };
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
