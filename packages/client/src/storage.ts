/**
 * Where the session outlives a restart: `localStorage`, React Native's AsyncStorage, or your own. It may answer with a promise.
 * When it fails, the session lasts as long as the program.
 */
export interface Storage {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

/** A storage that answers at once, such as `localStorage`. */
export interface SyncStorage extends Storage {
  getItem(key: string): string | null;
}

/** Storage for this page only. @internal */
export function createMemory(): SyncStorage {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}

/** `localStorage` in a page. Elsewhere memory: on a server all users would share the `localStorage` of Node. @internal */
export function defaultStorage(): SyncStorage {
  try {
    return typeof document === 'undefined' ? createMemory() : (localStorage ?? createMemory()); // an Android WebView may have null
  } catch {
    return createMemory(); // forbidden
  }
}
