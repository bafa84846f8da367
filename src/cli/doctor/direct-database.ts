import { createClient } from '../../db/connection.js';
import { describeDatabaseError } from '../../db/database-error.js';
import { type Queryable, runStatement } from '../../db/run-statement.js';
import { statement } from '../../db/statement.js';
import { text } from '../../db/types.js';
import { tryConnection } from '../../db/try-connection.js';
import { createLog } from '../../log.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** The server by the microsecond of its start, the database, and the schema. Each role may read them. */
const READ_IDENTITY = statement({
  name: 'cli/doctor_read_database_identity',
  sql: `
    SELECT concat_ws(' ', extract(epoch FROM pg_postmaster_start_time()), d.oid, current_schema()) AS identity
    FROM pg_database d WHERE d.datname = current_database()`,
  parameters: {},
  columns: { identity: text },
});

/** Checks that DIRECT_DATABASE_URL leads to the database of DATABASE_URL, without a pooler. Migrations and imports use it. */
export async function checkDirectDatabase({
  url,
  client,
}: {
  url: string;
  /** Of DATABASE_URL. */
  client: Queryable;
}): Promise<Finding[]> {
  const direct = createClient(url, { connectionTimeoutMillis: 5_000 });
  direct.on('error', () => {});
  try {
    const { isPooled } = await tryConnection(url, createLog('silent'));
    await direct.connect();
    const [one, other] = await Promise.all(
      [client, direct].map(async (each) => (await runStatement(each, READ_IDENTITY, {}))[0]?.identity),
    );
    if (one !== other)
      return [
        problem(
          'database',
          'DIRECT_DATABASE_URL leads to another database or schema than DATABASE_URL: migrations would change the wrong one',
          'Set it to the URL of the same database and schema, without the pooler',
        ),
      ];
    return [
      isPooled
        ? warning(
            'database',
            'DIRECT_DATABASE_URL leads to a pooler too: its limits apply to migrations and imports',
            'Set it to the address of the server itself, or remove it',
          )
        : ok('database', 'DIRECT_DATABASE_URL leads to the same database, without a pooler'),
    ];
  } catch (error) {
    const { why, advice } = describeDatabaseError(error);
    return [
      problem(
        'database',
        `DIRECT_DATABASE_URL cannot be used (${why}): the gateway does not start`,
        `${advice.charAt(0).toUpperCase()}${advice.slice(1)}`,
      ),
    ];
  } finally {
    await direct.end().catch(() => {});
  }
}
