import { statement } from './statement.js';
import { READ_ONLY } from './servers.js';
import { bool, int4 } from './types.js';

/** What a database can do for the gateway. `full`: its disk has no space. */
export type DatabaseState = 'up' | 'read-only' | 'full' | 'down';

/** Whether this connection accepts writes, as far as the server says. */
const CHECK_READ_ONLY = statement({
  name: 'db/check_read_only',
  sql: `SELECT current_setting('transaction_read_only') = 'on' AS read_only`,
  parameters: {},
  columns: { read_only: bool },
});

/**
 * The same, and whether the disk has space. The rows do not fit into the smallest work_mem, so PostgreSQL writes 50 KB of them to a
 * temporary file, for which a full disk has no space. Nothing else finds that: a table often has space for one more row.
 */
const CHECK_WRITABLE = statement({
  name: 'db/check_writable',
  sql: `
    SELECT current_setting('transaction_read_only') = 'on' AS read_only,
           (SELECT count(*)::int FROM generate_series(1, (SELECT 3000 FROM set_config('work_mem', '64kB', true)))) AS rows`,
  parameters: {},
  columns: { read_only: bool, rows: int4 },
});

/** SQLSTATE disk_full. */
const DISK_FULL = '53100';
/** SQLSTATE configuration_limit_exceeded: temp_file_limit permits no such file. That says nothing about the disk. */
const LIMIT_EXCEEDED = '53400';

/** With `log_temp_files`, the server logs each temporary file. */
const DISK_INTERVAL_MS = 5_000;

type Check = typeof CHECK_WRITABLE | typeof CHECK_READ_ONLY;
type Run = (statement: Check) => Promise<{ read_only: boolean }[]>;

/** Asks the database; the disk at most every five seconds, or each time until it was last found `up`. Never rejects. */
export function createWritableCheck(run: Run, { now = () => performance.now() } = {}): () => Promise<DatabaseState> {
  let last: DatabaseState = 'down';
  let diskAt = -Infinity;
  return async () => {
    const asksDisk = last !== 'up' || now() >= diskAt + DISK_INTERVAL_MS;
    if (asksDisk) diskAt = now();
    return (last = await check(run, asksDisk ? CHECK_WRITABLE : CHECK_READ_ONLY));
  };
}

async function check(run: Run, asked: Check): Promise<DatabaseState> {
  try {
    const [row] = await run(asked);
    return row?.read_only ? 'read-only' : 'up';
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === LIMIT_EXCEEDED) return 'up';
    if (code === READ_ONLY) return 'read-only';
    return code === DISK_FULL ? 'full' : 'down';
  }
}
