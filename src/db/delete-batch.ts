/** Rows that one statement of the cleanup deletes. Short transactions let sign-ins continue meanwhile. */
export const DELETE_BATCH_ROWS = 1_000;
