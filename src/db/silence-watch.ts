import type pg from 'pg';
import type { SilenceWatch, WatchedConnection } from './awaited-answers.js';
import { createClient } from './connection.js';
import { runStatement } from './run-statement.js';
import { statement } from './statement.js';
import { array, int4, present } from './types.js';

/** Those of the processes that work on a statement. A process of another role shows no state. */
const READ_WORKING = statement({
  name: 'db/read_working_processes',
  sql: `
    SELECT pid FROM pg_stat_activity
    WHERE pid = ANY(:pids::int[])
      AND (state IS NULL OR state NOT LIKE 'idle%' OR state_change > clock_timestamp() - interval '500 milliseconds')`,
  parameters: { pids: array(int4) },
  columns: { pid: present(int4) },
});

const INTERVAL_MS = 500;
/** A connection that owes an answer for so long is looked up on the server. */
const SUSPECT_MS = 1_500;
const PROBE_TIMEOUT_MS = 2_000;

/**
 * @param settings.isPooled a pooler names no process, so only a connection that owes an answer for `answerTimeoutMs` is known to be silent
 */
export function createSilenceWatch(
  url: string,
  { isPooled, answerTimeoutMs }: { isPooled: boolean; answerTimeoutMs: number },
): SilenceWatch {
  const watched = new Set<WatchedConnection>();
  let timer: NodeJS.Timeout | undefined;
  let isLooking = false;

  /** Drops the silent ones, and with them every idle connection that is older than this finding: it was cut at the same time. */
  function dropSilent(silent: WatchedConnection[], foundAt: number): void {
    if (silent.length === 0) return;
    for (const connection of watched)
      if (silent.includes(connection) || (connection.waitingSince === undefined && connection.openedAt < foundAt))
        connection.drop();
  }

  async function look(): Promise<void> {
    const startedAt = performance.now();
    const since = new Map<WatchedConnection, number>();
    for (const connection of watched)
      if (startedAt - (connection.waitingSince ?? startedAt) > (isPooled ? answerTimeoutMs : SUSPECT_MS))
        since.set(connection, connection.waitingSince ?? startedAt);
    if (since.size === 0) return;
    const working = isPooled ? new Set() : await readWorking(url, [...since.keys()]);
    const silent: WatchedConnection[] = [];
    for (const [connection, waitingSince] of since) {
      if (connection.waitingSince !== waitingSince) continue; // it has answered meanwhile
      if (working.has(connection.processId())) connection.waitingSince = performance.now();
      else silent.push(connection);
    }
    dropSilent(silent, startedAt);
  }

  function tick(): void {
    if (isLooking) return;
    isLooking = true;
    // Without an answer of the server nothing is known: the next tick tries again.
    void look()
      .catch(() => {})
      .finally(() => (isLooking = false));
  }

  return {
    add(connection) {
      watched.add(connection);
      timer ??= setInterval(tick, INTERVAL_MS).unref();
      return () => {
        watched.delete(connection);
        if (watched.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}

/** Asks on a new connection, which leads to the present server. */
async function readWorking(url: string, connections: WatchedConnection[]): Promise<Set<number | null>> {
  const client: pg.Client = createClient(url, {
    application_name: 'phonegate watch',
    connectionTimeoutMillis: PROBE_TIMEOUT_MS,
    query_timeout: PROBE_TIMEOUT_MS,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const pids = connections.flatMap((connection) => connection.processId() ?? []);
    return new Set((await runStatement(client, READ_WORKING, { pids })).map(({ pid }) => pid));
  } finally {
    await client.end().catch(() => {});
  }
}
