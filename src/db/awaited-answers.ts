import type pg from 'pg';

/** A connection on which answers are awaited, or none. */
export interface WatchedConnection {
  processId(): number | null;
  openedAt: number;
  /** Since when the server owes the next answer; undefined when it owes none. */
  waitingSince: number | undefined;
  drop(): void;
}

/** Finds connections that were cut without notice: their server is gone, or a firewall forgot them. See docs/decisions/0083. */
export interface SilenceWatch {
  /** @returns a function that ends the watch */
  add(connection: WatchedConnection): () => void;
}

/** Keeps `waitingSince` of a connection: since when the server owes the next answer. */
export function countAwaitedAnswers(connection: pg.Connection, state: Pick<WatchedConnection, 'waitingSince'>): void {
  let owed = 0;
  const sent = () => {
    owed += 1;
    state.waitingSince ??= performance.now();
  };
  // The server answers each of these two messages with ReadyForQuery.
  const [sync, query] = [connection.sync.bind(connection), connection.query.bind(connection)];
  connection.sync = () => {
    sent();
    sync();
  };
  connection.query = (text) => {
    sent();
    query(text);
  };
  connection.on('readyForQuery', () => {
    owed = Math.max(0, owed - 1);
    state.waitingSince = owed === 0 ? undefined : performance.now();
  });
}
