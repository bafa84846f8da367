import type pg from 'pg';

/** Keeps `waitingSince` of a connection: since when the server owes the next answer. */
export function countAwaitedAnswers(connection: pg.Connection, state: { waitingSince: number | undefined }): void {
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
