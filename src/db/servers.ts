import type { DatabaseServer, DatabaseUrl } from '../config/database-url.js';

/** Finds the server of a database that accepts writes. */
export interface Servers {
  /** @throws the error of the most telling server, when none accepts writes */
  find(): Promise<DatabaseServer>;
  /** The server refused a connection, or accepts no writes: the next `find` asks all of them. */
  forget(): void;
}

/** SQLSTATE read_only_sql_transaction. */
export const READ_ONLY = '25006';

/** A database with one server has no choice, and is not asked. */
export function createServers(
  { servers }: Pick<DatabaseUrl, 'servers'>,
  { probe }: { probe: (server: DatabaseServer) => Promise<void> },
): Servers {
  const [only, ...others] = servers;
  let found: Promise<DatabaseServer> | undefined;

  /** Asks all servers at once, because one that is gone without notice answers nothing. */
  async function ask(): Promise<DatabaseServer> {
    try {
      return await Promise.any(servers.map((server) => probe(server).then(() => server)));
    } catch (error) {
      found = undefined;
      const { errors } = error as AggregateError;
      throw errors.find((one: { code?: unknown }) => one.code === READ_ONLY) ?? errors[0];
    }
  }

  if (others.length === 0) return { find: async () => only, forget: () => {} };
  return {
    find: () => (found ??= ask()),
    forget: () => void (found = undefined),
  };
}
