import { DELETE_BATCH_ROWS } from '../db/delete-batch.js';

/**
 * Repeats a statement that deletes at most DELETE_BATCH_ROWS rows and returns one row for each, until nothing is left to
 * delete. `signal` ends it after the current batch.
 */
export async function deleteInBatches(
  deleteBatch: () => Promise<readonly unknown[]>,
  { signal }: { signal: AbortSignal },
): Promise<void> {
  let deleted = DELETE_BATCH_ROWS;
  while (deleted === DELETE_BATCH_ROWS && !signal.aborted) deleted = (await deleteBatch()).length;
}
