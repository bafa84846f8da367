import { isSkewed, readClockSkew } from './db/clock-skew.js';
import type { Database } from './db/database.js';
import type { Log } from './log.js';
import { runPeriodically } from './run-periodically.js';

/** Measures how far the clock of this machine is from the one of the database. */
export interface ClockWatch {
  /** The seconds by which this machine is ahead, negative when it is behind; undefined while both agree. */
  skewSeconds(): number | undefined;
  stop(): Promise<void>;
}

/** One short statement. A clock without NTP drifts by seconds a day. */
const EVERY_MS = 60_000;

/**
 * Measures at start and once a minute. An instance with a wrong clock issues tokens that other instances and backends
 * refuse, and refuses theirs, without any error of its own.
 */
export function watchClock(
  { database, log }: { database: Database; log: Log },
  everyMs: number = EVERY_MS,
): ClockWatch {
  let skew: number | undefined;
  async function measure(): Promise<void> {
    const secondsAhead = await readClockSkew(database.query);
    if (secondsAhead === undefined) return;
    const wasSkewed = skew !== undefined;
    skew = isSkewed(secondsAhead) ? secondsAhead : undefined;
    if (skew !== undefined && !wasSkewed) log.error({ event: 'clock.skewed', secondsAhead });
    if (skew === undefined && wasSkewed) log.info({ event: 'clock.synchronized', secondsAhead });
  }
  // Without a database other events say so.
  const task = runPeriodically(everyMs, measure, () => {});
  task.poke();
  return { skewSeconds: () => skew, stop: task.stop };
}
