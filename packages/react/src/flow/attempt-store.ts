import type { Storage } from '@phonegate/client';
import type { LoginState } from './state.js';

/** What outlives a reload and is the same in every tab: the attempts, and the step that is shown. */
export type StoredLogin = Pick<LoginState, 'step' | 'phone' | 'code' | 'whatsapp'>;

/** No failure of the storage is thrown: a browser may refuse it, as in a private window. Then a reload starts anew. */
export interface AttemptStore {
  /** A promise where storage is asynchronous, as in React Native. */
  read(): StoredLogin | undefined | Promise<StoredLogin | undefined>;
  write(login: StoredLogin): void;
  clear(): void;
}

/**
 * @param deps.storage default localStorage, `null` for none. Not touched before the first call, as a page may be rendered where
 * there is none
 */
export function createAttemptStore(deps: { storage: Storage | null | undefined; key: string }): AttemptStore {
  const { key } = deps;

  /** Returns what `use` returns; `undefined` when the storage fails. */
  function attempt<Result>(use: (storage: Storage) => Result): Result | undefined {
    try {
      const storage = deps.storage === undefined ? localStorage : deps.storage;
      return storage ? use(storage) : undefined;
    } catch {
      return undefined;
    }
  }

  return {
    read() {
      const text: unknown = attempt((storage) => storage.getItem(key));
      return isPromise(text) ? Promise.resolve(text).then(parseStored, () => undefined) : parseStored(text);
    },
    write({ step, phone, code, whatsapp }) {
      const text = JSON.stringify({ step, phone, code, whatsapp });
      ignoreRejection(attempt((storage) => storage.setItem(key, text)));
    },
    clear: () => ignoreRejection(attempt((storage) => storage.removeItem(key))),
  };
}

function parseStored(text: unknown): StoredLogin | undefined {
  try {
    return typeof text === 'string' ? ((JSON.parse(text) as StoredLogin | null) ?? undefined) : undefined;
  } catch {
    return undefined; // another program's value
  }
}

// The client has the same two functions. It exports neither, because no application needs them.
const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';

function ignoreRejection(result: unknown): void {
  if (isPromise(result)) result.then(undefined, () => {});
}
