import type { Config } from '../../config/config.js';
import type { Keyring } from '../../config/keys.js';
import type { Database } from '../../db/database.js';
import { isStorageError } from '../../db/storage-error.js';
import type { Log } from '../../log.js';
import { runPeriodically } from '../../run-periodically.js';
import { createDecisionMetric } from './decision-metric.js';
import type { GuardAlarms } from './guard-alarms.js';
import type { GuardEvent } from './guard-event.js';
import { type QueuedEvent, createGuardEventQueue } from './guard-event-queue.js';
import { createGuardEventLog } from './log-guard-event.js';
import { writeGuardEvents } from './write-guard-events.js';

const FLUSH_MS = 1_000;

/**
 * Records what the guard refuses and blocks. Events are collected and written once a second, equal ones as one row with a
 * count: a flood of refusals costs the attacker more than the database. A crash may lose the last second. See
 * docs/decisions/0045.
 */
export interface GuardEvents {
  record(event: GuardEvent): void;
  /** Writes what was recorded. @throws when the database is unavailable; then the events wait for the next time */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** @param deps `database`: the pool of background work */
export function createGuardEvents(deps: {
  config: Pick<Config, 'allowedCountries'>;
  database: Database;
  keyring: Keyring;
  guardAlarms: Pick<GuardAlarms, 'raiseIfNetworkSpent' | 'raiseBlocked'>;
  log: Log;
}): GuardEvents {
  const { config, guardAlarms, log } = deps;
  const queue = createGuardEventQueue();
  const logEvent = createGuardEventLog(deps);
  const countDecision = createDecisionMetric(config);

  async function flush(): Promise<void> {
    const rows = queue.take();
    if (rows.length === 0) return;
    try {
      await writeGuardEvents(rows, deps);
    } catch (error) {
      if (!isStorageError(error)) return reportLost(rows, error);
      for (const row of rows) queue.putBack(row);
      throw error;
    }
  }

  function reportLost(rows: readonly QueuedEvent[], error?: unknown): void {
    if (rows.length === 0) return;
    log.error({ event: 'guard.events_lost', events: rows.reduce((sum, { count }) => sum + count, 0), error });
  }

  const task = runPeriodically(FLUSH_MS, flush, (error) => log.warn({ event: 'guard.events_delayed', error }));
  return {
    record(event) {
      logEvent(event);
      countDecision(event);
      queue.add(event, new Date());
      guardAlarms.raiseIfNetworkSpent(event);
    },
    flush,
    async close() {
      await task.stop();
      await flush().catch((error: unknown) => reportLost(queue.take(), error));
    },
  };
}
