import type { Actor } from '../events/audited-by.js';
import { type ApplyDeps, apply } from './import/apply.js';
import type { Counts } from './import/counts.js';
import { preview } from './import/preview.js';
import { type ReadOptions, readUser } from './import/read-user.js';
import type { Row } from './import/rows.js';
import { type Line, type StagingDeps, beginStaging, endStaging, stage } from './import/staging.js';

/** Lines that are held in memory at a time and written in one transaction. */
const BATCH_LINES = 2_000;

export interface BadLine {
  line: number;
  reason: string;
}

export interface ImportCounts extends Counts {
  bad: number;
}

export interface ImportInput {
  /** The lines of a file, as `openRows` reads them. */
  rows: AsyncIterable<Row>;
  readOptions: ReadOptions;
  /** False: counts what would be written, and writes nothing. */
  commit: boolean;
  actor: Actor;
  /** Ends the import after the current batch. Lines that were written stay. */
  signal: AbortSignal;
  /** Called with bad lines when they are found, in the order of the file. */
  onBadLines(lines: BadLine[]): Promise<void>;
  /** Called after each batch that is written or compared, and once before the first: lines done, of all lines. */
  onProgress(done: number, total: number): void;
}

/**
 * Adds the new users of a file, changes the existing ones, and leaves out bad lines. It first reads all lines and
 * stages them in the database, which finds a phone that occurs twice. Then it writes them in the order of the file,
 * each batch in a transaction, so that no sign-in waits for more than one batch. A second import of the same file
 * changes nothing. Memory use does not grow with the file.
 *
 * @returns the counts, and whether it read the whole file.
 */
export async function importUsers(
  input: ImportInput,
  deps: ApplyDeps,
): Promise<{ counts: ImportCounts; finished: boolean }> {
  await beginStaging({ writable: input.commit }, deps);
  const result = await importStaged(input, deps);
  await endStaging(deps);
  return result;
}

async function importStaged(input: ImportInput, deps: ApplyDeps): Promise<{ counts: ImportCounts; finished: boolean }> {
  const { commit, actor, signal, readOptions } = input;
  const { bad, lines } = await stageAll(input, deps);
  const counts: ImportCounts = { new: 0, changed: 0, unchanged: 0, bad };
  const firstRole = readOptions.roles[0] ?? '';
  let after = 0;
  input.onProgress(0, lines);
  for (; after < lines && !signal.aborted; after += BATCH_LINES) {
    const span = { after, upTo: Math.min(after + BATCH_LINES, lines) };
    const batch = commit ? await apply({ ...span, actor, firstRole }, deps) : await preview(span, deps);
    for (const name of ['new', 'changed', 'unchanged'] as const) counts[name] += batch[name];
    input.onProgress(span.upTo, lines);
  }
  return { counts, finished: after >= lines };
}

/** Stages the good lines. @returns the number of bad lines, and the number of the last line. */
async function stageAll(
  { rows, readOptions, onBadLines }: ImportInput,
  deps: StagingDeps,
): Promise<{ bad: number; lines: number }> {
  let bad = 0;
  let lines = 0;
  let batch: Row[] = [];

  async function stageBatch(): Promise<void> {
    const goodLines: Line[] = [];
    const badLines: BadLine[] = [];
    for (const { line, fields } of batch) {
      const user = typeof fields === 'string' ? fields : readUser(fields, readOptions);
      if (typeof user === 'string') badLines.push({ line, reason: user });
      else goodLines.push({ line, ...user });
    }
    batch = [];
    if (goodLines.length > 0)
      for (const { line, firstLine } of await stage({ lines: goodLines }, deps))
        badLines.push({ line, reason: `the phone is that of line ${firstLine}` });
    bad += badLines.length;
    if (badLines.length > 0) await onBadLines(badLines.toSorted((one, other) => one.line - other.line));
  }

  for await (const row of rows) {
    lines = row.line;
    if (batch.push(row) === BATCH_LINES) await stageBatch();
  }
  await stageBatch();
  return { bad, lines };
}
