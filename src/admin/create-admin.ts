import type { Config } from '../config/config.js';
import type { Database } from '../db/database.js';
import { type SmsLogEntry, listDeliveries } from '../delivery/log/list-deliveries.js';
import type { Audit } from '../events/audit.js';
import type { Log } from '../log.js';
import { type AttemptRecord, listAttempts } from '../login/attempts/list-attempts.js';
import type { Bus } from '../realtime/bus.js';
import { createChangePoller } from '../realtime/change-poller.js';

/** The rows that a live feed compares each second. */
/** The maximum number of new items that a feed reads at a time. */
export const FEED_MAX_ITEMS = 200;
const NEWEST = { limit: FEED_MAX_ITEMS, inverted: false };

/** The admin API: its live feeds, with the dependencies that its use cases take. */
export function createAdmin(deps: { config: Config; database: Database; bus: Bus; audit: Audit; log: Log }) {
  const onFailing = (error: unknown) => deps.log.warn({ event: 'feed.read_failed', error });
  return {
    ...deps,
    attemptFeed: createChangePoller<AttemptRecord>({
      readNewest: () => listAttempts({ filter: {}, page: NEWEST }, deps),
      changeOf: ({ status, failedTries }) => `${status} ${failedTries}`,
      onFailing,
    }),
    deliveryFeed: createChangePoller<SmsLogEntry>({
      readNewest: () => listDeliveries({ filter: {}, page: NEWEST }, deps),
      changeOf: ({ status, updatedAt }) => `${status} ${updatedAt.getTime()}`,
      onFailing,
    }),
  };
}

export type Admin = ReturnType<typeof createAdmin>;
