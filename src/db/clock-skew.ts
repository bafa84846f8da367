import type { AnyStatement, ParametersOf, RowOf } from './statement.js';
import { statement } from './statement.js';
import { timestamptz } from './types.js';

/**
 * Instances compare times of the database with their own clock. With this difference, a code of 300 s lives at most two
 * seconds longer.
 */
const MAX_SKEW_SECONDS = 2;
/** After a longer wait for the answer, nobody knows when PostgreSQL read its clock. */
const MAX_ROUND_TRIP_MS = 1_000;

export const CLOCK_ADVICE = 'Synchronize the clocks of both machines with NTP';

export const READ_TIME = statement({
  name: 'db/read_time',
  sql: 'SELECT clock_timestamp() AS now',
  parameters: {},
  columns: { now: timestamptz },
});

type Query = <S extends AnyStatement>(statement: S, parameters: ParametersOf<S>) => Promise<RowOf<S>[]>;

/**
 * The seconds, to the tenth, by which the clock of this machine is ahead of the one of the database; negative when it is
 * behind. Undefined when the answer took so long that it says nothing.
 */
export async function readClockSkew(query: Query): Promise<number | undefined> {
  const before = Date.now();
  const [row] = await query(READ_TIME, {});
  const after = Date.now();
  if (!row || after - before > MAX_ROUND_TRIP_MS) return undefined;
  return Math.round(((before + after) / 2 - row.now.getTime()) / 100) / 10;
}

export const isSkewed = (seconds: number): boolean => Math.abs(seconds) > MAX_SKEW_SECONDS;
