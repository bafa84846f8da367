import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { bool, text } from '../db/types.js';
import type { Audit } from '../events/audit.js';
import type { Log } from '../log.js';
import { createLogThrottle } from '../log-throttle.js';
import { SPRAY_WINDOW_MINUTES } from './limits.js';

const RULE = 'spray';
/** How often an instance writes that the breaker is still tripped. */
const RAISE_INTERVAL_MS = 60_000;

/** Of concurrent statements of all instances, one finds that an episode begins: the row is locked. */
const RAISE_ALARM = statement({
  name: 'guard/raise_alarm',
  sql: `
    INSERT INTO guard_alarms AS g (rule, started_at, seen_at) VALUES (:rule, clock_timestamp(), clock_timestamp())
    ON CONFLICT (rule) DO UPDATE SET
      started_at = CASE WHEN g.seen_at < now() - interval '${SPRAY_WINDOW_MINUTES} minutes' THEN excluded.started_at ELSE g.started_at END,
      seen_at = excluded.seen_at
    RETURNING started_at = seen_at AS begins`,
  parameters: { rule: text },
  columns: { begins: bool },
});

/** Reports that the breaker of the service is tripped (R2). */
export interface SprayAlarm {
  /** Reports it once an episode, over all instances. An episode is over when nothing raised it for ten minutes. */
  raise(): void;
}

export function createSprayAlarm({ database, audit, log }: { database: Database; audit: Audit; log: Log }): SprayAlarm {
  const isDue = createLogThrottle(RAISE_INTERVAL_MS);
  return {
    raise() {
      if (!isDue()) return;
      database.query(RAISE_ALARM, { rule: RULE }).then(
        ([alarm]) => {
          if (alarm?.begins) audit.warn({ event: 'guard.spray' });
        },
        (error: unknown) => log.warn({ event: 'guard.alarm_failed', rule: RULE, error }),
      );
    },
  };
}
