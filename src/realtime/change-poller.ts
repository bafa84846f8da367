import { type PeriodicTask, runPeriodically } from '../run-periodically.js';

/** Streams rows of a table as they are inserted or changed. */
export interface ChangePoller<Row> {
  /**
   * Every change from now on, oldest first. Call `return()` to end the stream.
   *
   * @throws when the first read fails.
   */
  watch(): Promise<AsyncIterableIterator<Row>>;
}

const POLL_MS = 1_000;
/** The maximum number of rows that wait for a slow reader. The oldest are dropped. */
const MAX_WAITING = 1_000;

/**
 * Reads the newest rows once a second while there are watchers, and emits those that are new or have changed. All
 * watchers share one read, so logins are not slowed down. If more rows change within a second than `readNewest`
 * returns, the others are skipped.
 */
export function createChangePoller<Row extends { id: string }>(deps: {
  /** Newest first. */
  readNewest: () => Promise<Row[]>;
  /** A value that differs after every change that should be emitted. */
  changeOf: (row: Row) => string;
  /** Called for the first of several consecutive failed reads. */
  onFailing: (error: unknown) => void;
}): ChangePoller<Row> {
  const { readNewest, changeOf, onFailing } = deps;
  const watchers = new Set<(row: Row) => void>();
  let seen = new Map<string, string>();
  /** Watchers, including those whose first read is pending. */
  let watcherCount = 0;
  let polling: PeriodicTask | undefined;
  let lastRead: Promise<void> = Promise.resolve();

  /** Reads run one after the other, because each is compared with the previous one. */
  function poll(): Promise<void> {
    const read = lastRead.then(readAndEmit);
    lastRead = read.catch(() => {});
    return read;
  }

  async function readAndEmit(): Promise<void> {
    const rows = await readNewest();
    const before = seen;
    seen = new Map(rows.map((row) => [row.id, changeOf(row)]));
    const changed = rows.filter((row) => before.get(row.id) !== seen.get(row.id));
    for (const row of changed.toReversed()) for (const emit of watchers) emit(row);
  }

  function remove(emit: (row: Row) => void): void {
    watchers.delete(emit);
    watcherCount -= 1;
    if (watcherCount > 0) return;
    void polling?.stop();
    polling = undefined;
  }

  return {
    async watch() {
      const { rows, emit, end } = createRowStream<Row>({ onEnd: () => remove(emit) });
      watcherCount += 1;
      polling ??= runPeriodically(POLL_MS, poll, onFailing);
      try {
        await poll(); // changes until now are emitted to earlier watchers only
      } catch (error) {
        end();
        throw error;
      }
      watchers.add(emit);
      return rows;
    },
  };
}

/** A stream of the emitted rows. At most MAX_WAITING rows wait for the reader. */
function createRowStream<Row>({ onEnd }: { onEnd: () => void }) {
  const waiting: Row[] = [];
  let ended = false;
  let resume: (() => void) | undefined;

  const emit = (row: Row): void => {
    if (waiting.push(row) > MAX_WAITING) waiting.shift();
    resume?.();
  };
  const end = (): void => {
    if (ended) return;
    ended = true;
    onEnd();
    resume?.();
  };
  const rows: AsyncIterableIterator<Row> = {
    async next() {
      for (;;) {
        if (ended) return { done: true, value: undefined };
        const row = waiting.shift();
        if (row !== undefined) return { done: false, value: row };
        await new Promise<void>((resolve) => (resume = resolve));
      }
    },
    async return() {
      end();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  return { rows, emit, end };
}
