import { setTimeout as sleep } from 'node:timers/promises';
import type { Storage } from '../src/index.js';

/** A storage that answers with promises, as React Native's AsyncStorage does. */
export interface AsyncStorage extends Storage {
  /** What is on the disk now. */
  disk: Map<string, string>;
  /** Each operation, in order: `set`, `remove` or `get`, and the key. */
  operations: string[];
  /** How long each operation takes, in milliseconds. */
  delay: number;
  /** The operations that fail. */
  rejects: ('getItem' | 'setItem' | 'removeItem')[];
  /** A promise that reads wait for. */
  readsWaitFor: Promise<unknown> | undefined;
}

export function createAsyncStorage(disk = new Map<string, string>()): AsyncStorage {
  async function run<Result>(name: AsyncStorage['rejects'][number], work: () => Result): Promise<Result> {
    storage.operations.push(name);
    await sleep(storage.delay);
    if (storage.rejects.includes(name)) throw new Error(`${name} failed`);
    return work();
  }
  const storage: AsyncStorage = {
    disk,
    operations: [],
    delay: 20,
    rejects: [],
    readsWaitFor: undefined,
    getItem: (key) =>
      run('getItem', () => disk.get(key) ?? null).then(async (text) => {
        await storage.readsWaitFor;
        return text;
      }),
    setItem: (key, value) => run('setItem', () => void disk.set(key, value)),
    removeItem: (key) => run('removeItem', () => void disk.delete(key)),
  };
  return storage;
}
