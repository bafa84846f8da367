import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Storage } from '@phonegate/client';
import { type StoredLogin, createAttemptStore } from './attempt-store.js';

const LOGIN: StoredLogin = { step: 'phone', phone: '+77010000002', code: undefined, whatsapp: undefined };

/** A storage over a Map. `answer` gives its results: at once, later, or never. */
function storageOf(answer: <Result>(act: () => Result) => unknown): Storage {
  const values = new Map<string, string>();
  return {
    getItem: (key) => answer(() => values.get(key) ?? null) as string | null,
    setItem: (key, value) => answer(() => values.set(key, value)) as undefined,
    removeItem: (key) => answer(() => values.delete(key)) as undefined,
  };
}

const storeOf = (storage: Storage | null | undefined) => createAttemptStore({ storage, key: 'attempts' });

describe('the stored attempts', () => {
  afterEach(() => vi.unstubAllGlobals());

  test('are read at once from a storage that answers at once', () => {
    const store = storeOf(storageOf((act) => act()));
    expect(store.read()).toBeUndefined();
    store.write(LOGIN);
    expect(store.read()).toEqual(LOGIN);
    store.clear();
    expect(store.read()).toBeUndefined();
  });

  test('are read later from a storage that answers later', async () => {
    const store = storeOf(storageOf(async (act) => act()));
    store.write(LOGIN);
    const read = store.read();
    expect(read).toBeInstanceOf(Promise);
    expect(await read).toEqual(LOGIN);
  });

  test.each<[string, Storage | null | undefined]>([
    [
      'that throws',
      storageOf(() => {
        throw new Error('refused');
      }),
    ],
    ['that rejects', storageOf(() => Promise.reject(new Error('refused')))],
    ['that is null, for none', null],
    ['that is missing, as on a server', undefined],
  ])('are none for a storage %s', async (_, storage) => {
    vi.stubGlobal('localStorage', undefined);
    const store = storeOf(storage);
    store.write(LOGIN);
    expect(await store.read()).toBeUndefined();
    store.clear();
  });

  test('are none where another program has written a value', () => {
    const store = storeOf({ getItem: () => '{', setItem: () => {}, removeItem: () => {} });
    expect(store.read()).toBeUndefined();
  });
});
