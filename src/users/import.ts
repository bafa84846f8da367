import type { Actor } from '../events/audited-by.js';
import { type Reading, readUser } from './import/read-user.js';
import type { Row } from './import/rows.js';
import { type Connection, type Line, type Counts, createStaging, look, stage, write } from './import/staging.js';

/** So many lines are held at a time, and written in one transaction. */
const BATCH_LINES = 2_000;

export interface BadLine {
  line: number;
  reason: string;
}

export interface ImportCounts extends Counts {
  bad: number;
}

export interface ImportOrder {
  /** The lines of a file, as `openRows` gives them. */
  rows: AsyncIterable<Row>;
  reading: Reading;
  /** Otherwise nothing is written: it is only looked at what would be. */
  commit: boolean;
  actor: Actor;
  /** Ends the writing after the batch at hand; what was written stays. */
  signal: AbortSignal;
  /** Told of bad lines as they are found, in their order. */
  onBad(lines: BadLine[]): Promise<void>;
  /** Told how far it has come after reading, first of all that it begins: of `total` lines, `done`. */
  onLines(done: number, total: number): void;
}

/**
 * Reads people from a file and adds those who are new, changes those who are there, leaves out bad lines. First all lines
 * are read and put aside in the database, where a phone that comes twice is found; then they are written in the file's
 * order, a batch a transaction, so that nobody's sign-in waits for more than a batch. Doing it again changes nothing.
 * Memory does not grow with the file.
 *
 * @returns the sums, and whether it went to the end.
 */
export async function importUsers(
  order: ImportOrder,
  connection: Connection,
): Promise<{ sums: ImportCounts; finished: boolean }> {
  const { commit, actor, signal, reading } = order;
  await createStaging(connection, { writable: commit });
  const { bad, lines } = await readAll(order, connection);
  const sums: ImportCounts = { new: 0, changed: 0, unchanged: 0, bad };
  const firstRole = reading.roles[0] ?? '';
  let after = 0;
  order.onLines(0, lines);
  for (; after < lines && !signal.aborted; after += BATCH_LINES) {
    const span = { after, upTo: Math.min(after + BATCH_LINES, lines) };
    const of = commit ? await write(span, { actor, firstRole }, connection) : await look(span, connection);
    for (const name of ['new', 'changed', 'unchanged'] as const) sums[name] += of[name];
    order.onLines(span.upTo, lines);
  }
  return { sums, finished: after >= lines };
}

/** Puts the good lines aside. @returns how many were bad, and the number of the last line. */
async function readAll(order: ImportOrder, connection: Connection): Promise<{ bad: number; lines: number }> {
  let bad = 0;
  let lines = 0;
  let batch: Row[] = [];

  async function settle(): Promise<void> {
    const good: Line[] = [];
    const refused: BadLine[] = [];
    for (const { line, fields } of batch) {
      const person = typeof fields === 'string' ? fields : readUser(fields, order.reading);
      if (typeof person === 'string') refused.push({ line, reason: person });
      else good.push({ line, ...person });
    }
    batch = [];
    for (const { line, first } of good.length > 0 ? await stage(good, connection) : [])
      refused.push({ line, reason: `it has the same phone as line ${first}` });
    bad += refused.length;
    if (refused.length > 0) await order.onBad(refused.toSorted((one, other) => one.line - other.line));
  }

  for await (const row of order.rows) {
    lines = row.line;
    if (batch.push(row) === BATCH_LINES) await settle();
  }
  await settle();
  return { bad, lines };
}
