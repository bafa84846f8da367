import type pg from 'pg';
import type { Log } from '../log.js';
import { type ClientSettings, createClient } from './connection.js';
import { runPrepared } from './run-statement.js';
import type { AnyStatement, ParametersOf, RowOf } from './statement.js';

/** Connections that concurrent statements share: each is sent at once, without waiting for the answers of those before. */
export interface Pipeline {
  /**
   * @returns the rows; undefined when every connection is busy, or PostgreSQL has canceled the statement because it
   * took too long. Then it has changed nothing, and the caller runs it on a connection of the pool.
   */
  run<S extends AnyStatement>(statement: S, parameters: ParametersOf<S>): Promise<RowOf<S>[] | undefined>;
  close(): Promise<void>;
}

/** A statement of the pipeline takes no longer on the server. The ones behind it wait so long. */
const PIPELINE_STATEMENT_TIMEOUT_MS = 2_000;
/** A connection that has answered nothing for so long gets no further statement. */
const STALLED_MS = 250;
/** Statements that may wait for the answers of one connection. */
const MOST_WAITING = 64;
/** SQLSTATE query_canceled. */
const QUERY_CANCELED = '57014';

interface Shared {
  client: Promise<pg.Client> | undefined;
  /** Statements without an answer. */
  waiting: number;
  /** When the connection last answered, or got a statement while none was waiting. */
  progressAt: number;
}

/**
 * Short statements share connections (docs/decisions/0051): they save many wake-ups of both processes. In return, a slow
 * one holds up those behind it, and a lost connection fails them all. So only statements that are declared as `short`
 * belong here.
 */
export function createPipeline(
  { url, connections, ...settings }: ClientSettings & { url: string; connections: number },
  { log }: { log: Log },
): Pipeline {
  const all = Array.from({ length: connections }, (): Shared => ({ client: undefined, waiting: 0, progressAt: 0 }));

  const open = (shared: Shared): Promise<pg.Client> => {
    const client = createClient(url, {
      ...settings,
      pipeline: true,
      statement_timeout: PIPELINE_STATEMENT_TIMEOUT_MS,
    });
    const opened = client.connect().then(() => client);
    const forget = () => {
      if (shared.client === opened) shared.client = undefined;
    };
    client.on('error', (error) => {
      log.warn({ event: 'database.connection_lost', error });
      forget();
    });
    client.on('end', forget);
    opened.catch(forget);
    return opened;
  };

  return {
    async run(statement, parameters) {
      const shared = leastBusy(all);
      if (!shared) return undefined;
      if (shared.waiting === 0) shared.progressAt = performance.now();
      shared.waiting += 1;
      const opened = (shared.client ??= open(shared));
      try {
        return await runPrepared(await opened, statement, parameters);
      } catch (error) {
        const { code, severity } = error as { code?: unknown; severity?: unknown };
        if (code === QUERY_CANCELED) return undefined;
        // PostgreSQL closes the connection after it has said so: the next statement must not use it in the meantime.
        if (severity === 'FATAL' && shared.client === opened) shared.client = undefined;
        throw error;
      } finally {
        shared.waiting -= 1;
        shared.progressAt = performance.now();
      }
    },
    async close() {
      await Promise.all(all.map(async ({ client }) => (await client?.catch(() => undefined))?.end()));
    },
  };
}

function leastBusy(all: Shared[]): Shared | undefined {
  const now = performance.now();
  let best: Shared | undefined;
  for (const shared of all) {
    const isStalled = shared.waiting > 0 && now - shared.progressAt > STALLED_MS;
    if (!isStalled && shared.waiting < (best?.waiting ?? MOST_WAITING)) best = shared;
  }
  return best;
}
