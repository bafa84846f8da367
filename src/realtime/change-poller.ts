import { type PeriodicTask, runPeriodically } from '../run-periodically.js';

/** What happens, as it happens, for somebody who looks on. */
export interface ChangePoller<Row> {
  /** Every change from now on, the oldest first. It ends when it is returned. */
  watch(): Promise<AsyncIterableIterator<Row>>;
}

const LOOK_MS = 1_000;
/** What waits for somebody who does not keep up; the oldest goes first. */
const MOST_WAITING = 1_000;

/**
 * Reads the newest rows once a second, as long as anybody looks on, and tells of those that are new or have changed: one
 * question for all who look, and none on the way of a login. What more than `readNewest` gives happens within a second is
 * more than a person can follow, and is passed over.
 */
export function createChangePoller<Row extends { id: string }>(parts: {
  /** The newest first. */
  readNewest: () => Promise<Row[]>;
  /** Unlike after every change worth telling. */
  changeOf: (row: Row) => string;
  onFailing: (error: unknown) => void;
}): ChangePoller<Row> {
  const { readNewest, changeOf, onFailing } = parts;
  const watchers = new Set<(row: Row) => void>();
  let seen = new Map<string, string>();
  /** Those who look on, and those who are about to. */
  let present = 0;
  let rounds: PeriodicTask | undefined;
  let lastLook: Promise<void> = Promise.resolve();

  /** One after the other: each is compared with the one before. */
  function look(): Promise<void> {
    const mine = lastLook.then(readAndTell);
    lastLook = mine.catch(() => {});
    return mine;
  }

  async function readAndTell(): Promise<void> {
    const rows = await readNewest();
    const before = seen;
    seen = new Map(rows.map((row) => [row.id, changeOf(row)]));
    const changed = rows.filter((row) => before.get(row.id) !== seen.get(row.id));
    for (const row of changed.toReversed()) for (const tell of watchers) tell(row);
  }

  function leave(tell: (row: Row) => void): void {
    watchers.delete(tell);
    present -= 1;
    if (present > 0) return;
    void rounds?.stop();
    rounds = undefined;
  }

  return {
    async watch() {
      const waiting: Row[] = [];
      let over = false;
      let resume: (() => void) | undefined;
      const tell = (row: Row): void => {
        if (waiting.push(row) > MOST_WAITING) waiting.shift();
        resume?.();
      };
      const end = (): void => {
        if (over) return;
        over = true;
        leave(tell);
        resume?.();
      };
      present += 1;
      rounds ??= runPeriodically(LOOK_MS, look, onFailing);
      try {
        await look(); // what has happened until now is news to those who were here before, and to nobody else
      } catch (error) {
        end();
        throw error;
      }
      watchers.add(tell);
      const rows: AsyncIterableIterator<Row> = {
        async next() {
          for (;;) {
            if (over) return { done: true, value: undefined };
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
      return rows;
    },
  };
}
