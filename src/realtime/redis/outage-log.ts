import { createLogThrottle } from '../../log-throttle.js';
import type { Log } from '../../log.js';

/** The first connection may take this many beats until it counts as an outage. */
const BEATS_TO_CONNECT = 6;
const INTERVAL_MS = 60_000;

/** Logs when the connection to Redis goes down, and when it is up. */
export interface OutageLog {
  /** What is known about why Redis does not work now. `CLOSED` says less than any reason that is known already. */
  note(reason: string): void;
  connected(): void;
  disconnected(): void;
  /** Call at each beat. */
  beat(now: { connected: boolean }): void;
  silent(instances: number): void;
}

/** An outage is logged once, and again when its reason has changed, at most once a minute. */
export function createOutageLog({ log, topics }: { log: Log; topics: () => number }): OutageLog {
  const mayLog = createLogThrottle(INTERVAL_MS);
  const mayLogSilent = createLogThrottle(INTERVAL_MS);
  let reason: string | undefined;
  let logged: string | undefined;
  let beats = 0;

  function disconnected(): void {
    beats = BEATS_TO_CONNECT;
    const why = reason ?? 'NO_ANSWER';
    const isNew = logged === undefined;
    if (logged === why || (!mayLog() && !isNew)) return;
    logged = why;
    log.warn({ event: 'redis.disconnected', reason: why, topics: topics() });
  }

  return {
    note(why) {
      if (why !== 'CLOSED' || reason === undefined) reason = why;
    },
    connected() {
      reason = undefined;
      logged = undefined;
      log.info({ event: 'redis.connected', topics: topics() });
    },
    disconnected,
    beat(now) {
      beats += 1;
      if (now.connected) reason = undefined; // an error that ended no connection
      else if (beats >= BEATS_TO_CONNECT) disconnected();
    },
    silent(instances) {
      const due = mayLogSilent();
      if (due) log.warn({ event: 'redis.instance_silent', instances, ...due });
    },
  };
}
