import { DELETE_BATCH_ROWS } from '../db/delete-batch.js';

/**
 * Repeats a statement that deletes or changes at most DELETE_BATCH_ROWS rows and returns one row for each, until nothing is
 * left to do. `signal` ends it after the current batch.
 */
export async function runInBatches(
  runBatch: () => Promise<readonly unknown[]>,
  { signal }: { signal: AbortSignal },
): Promise<void> {
  let done = DELETE_BATCH_ROWS;
  while (done === DELETE_BATCH_ROWS && !signal.aborted) done = (await runBatch()).length;
}
