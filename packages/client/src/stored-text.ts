import type { Storage, SyncStorage } from './storage.js';

/** The text under one key of a storage. No failure of the storage is thrown. */
export interface StoredText {
  /** The text; `null` when there is none, and before an asynchronous storage has answered. */
  read(): string | null;
  /** Reads an asynchronous storage again: another program or tab may have written to it. */
  load(): Promise<void>;
  /** Takes effect in `read` at once. `null` removes the text. */
  write(text: string | null): void;
}

interface Entry<Kind = Storage> {
  storage: Kind;
  key: string;
}

/** Does not touch the storage before the first call. Its first answer shows whether it is asynchronous. */
export function createStoredText(entry: Entry): StoredText {
  let chosen: StoredText | undefined;
  function text(): StoredText {
    if (chosen) return chosen;
    let first: unknown;
    try {
      first = entry.storage.getItem(entry.key);
    } catch {} // it is forbidden
    chosen = isPromise(first) ? createFront(entry, first) : createDirect(entry as Entry<SyncStorage>);
    return chosen;
  }
  return { read: () => text().read(), load: () => text().load(), write: (value) => text().write(value) };
}

/** Reads storage each time, because other tabs write to it. */
function createDirect({ storage, key }: Entry<SyncStorage>): StoredText {
  /** Set when storage refuses writes, as in a private window. */
  let unstored: string | null = null;
  return {
    read() {
      try {
        return unstored ?? storage.getItem(key) ?? null;
      } catch {
        return null;
      }
    },
    load: () => Promise.resolve(),
    write(text) {
      unstored = null;
      try {
        if (text !== null) return ignoreRejection(storage.setItem(key, text));
      } catch {
        unstored = text;
      }
      try {
        ignoreRejection(storage.removeItem(key)); // it would be an earlier text
      } catch {}
    },
  };
}

/** Keeps the text in memory, and writes to storage one text after the other. */
function createFront({ storage, key }: Entry, first: PromiseLike<unknown>): StoredText {
  let text: string | null = null;
  let writes = 0;
  let isWriting = false;
  /** Storage has refused the latest write, so its answers do not count. */
  let isRefused = false;
  let stopWaiting = () => {};
  let loading: Promise<void> | undefined = receive(first);

  function receive(answer: PromiseLike<unknown>): Promise<void> {
    const before = writes;
    return new Promise<void>((resolve) => {
      stopWaiting = resolve;
      answer.then((stored) => {
        if (writes === before) text = typeof stored === 'string' ? stored : null;
        resolve();
      }, resolve);
    }).then(() => void (loading = undefined));
  }

  async function save(): Promise<void> {
    isWriting = true;
    for (let saved = -1; saved !== writes;) {
      saved = writes;
      isRefused = false;
      try {
        if (text !== null) await storage.setItem(key, text);
      } catch {
        isRefused = true;
      }
      try {
        if (text === null || isRefused) await storage.removeItem(key); // it would be an earlier text
      } catch {
        isRefused = true;
      }
    }
    isWriting = false;
  }

  return {
    read: () => text,
    async load() {
      if (!isWriting && !isRefused) loading ??= receive(askAgain());
      await loading;
    },
    write(value) {
      text = value;
      writes += 1;
      stopWaiting(); // what storage answers to an earlier question is old now
      if (!isWriting) void save();
    },
  };

  // Async, because a storage may also throw at once.
  async function askAgain(): Promise<unknown> {
    return storage.getItem(key);
  }
}

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';

function ignoreRejection(result: unknown): void {
  if (isPromise(result)) result.then(undefined, () => {});
}
