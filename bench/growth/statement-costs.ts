import pg from 'pg';
import { loadStatements } from '../../scripts/load-statements.js';

/** What one statement of the gateway cost on average. */
export interface StatementCost {
  calls: number;
  /** Execution time in milliseconds. */
  ms: number;
  /** Buffers of 8 kB that were read, from memory or from disk. */
  buffers: number;
}

/** The costs of the gateway's declared statements in one database, which pg_stat_statements counts. */
export interface StatementCosts {
  reset(): Promise<void>;
  /** By the name of the statement. */
  read(): Promise<Map<string, StatementCost>>;
  close(): Promise<void>;
}

/** Needs a server that has loaded pg_stat_statements. */
export async function createStatementCosts(url: string): Promise<StatementCosts> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {}); // the server stops after a failed run
  await client.connect();
  await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  const nameOf = await readQueryIds(client);
  return {
    async reset() {
      await client.query('SELECT pg_stat_statements_reset()');
    },
    async read() {
      const { rows } = await client.query<StatementCost & { id: string }>(
        `SELECT queryid::text AS id, calls::int, mean_exec_time AS ms,
                ((shared_blks_hit + shared_blks_read) / calls)::float AS buffers
         FROM pg_stat_statements WHERE toplevel AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      return new Map(
        rows.flatMap(({ id, ...cost }) => {
          const name = nameOf.get(id);
          return name === undefined ? [] : [[name, cost] as const];
        }),
      );
    },
    close: () => client.end(),
  };
}

/** The names of the statements by their query ID, which EXPLAIN shows. pg_stat_statements replaces the constants of their text. */
async function readQueryIds(client: pg.Client): Promise<Map<string, string>> {
  const nameOf = new Map<string, string>();
  for (const { name, positionalSql, parameterNames, after } of await loadStatements()) {
    // Needs a table that another statement creates, or is none that EXPLAIN takes.
    if (after || !/^\s*(WITH|SELECT|INSERT|UPDATE|DELETE)\b/.test(positionalSql)) continue;
    const { rows } = await client.query<{ 'QUERY PLAN': [{ 'Query Identifier'?: number }] }>({
      text: `EXPLAIN (VERBOSE, FORMAT JSON) ${positionalSql}`,
      values: parameterNames.map(() => null),
      types: { getTypeParser: () => (text: string) => text as never },
    });
    // As text, because the number exceeds 2^53.
    const id = /"Query Identifier": (-?\d+)/.exec(rows[0]?.['QUERY PLAN'] as unknown as string)?.[1];
    if (id !== undefined) nameOf.set(id, name);
  }
  return nameOf;
}
