import { type Queryable, runStatement } from '../../db/run-statement.js';
import { readBlockedTables } from '../../maintenance/partitions.js';
import { type Finding, warning } from './finding.js';

/** Finds tables that get no partitions any more, because their rows are in the default partition. */
export async function checkPartitions({ client }: { client: Queryable }): Promise<Finding[]> {
  // If the tables cannot be read, the check of the migrations reports it.
  const blocked = await readBlockedTables((...statement) => runStatement(client, ...statement)).catch(() => []);
  return blocked.map(({ table, defaultMegabytes, missing }) =>
    warning(
      'partitions',
      `${missing} of the present and the next two periods of ${table} have no partition, because ${table}_default has rows (${defaultMegabytes} MB): old rows are deleted one by one`,
      `If no gateway has run for a long time, start one. Otherwise wait until the retention has deleted the rows of ${table}_default, and then run: VACUUM FULL ${table}_default`,
    ),
  );
}
