import type { Config } from '../config/config.js';
import type { Keyring } from '../config/keys.js';
import type { Database } from '../db/database.js';
import type { Pools } from '../db/pools.js';
import { type SmsLogEntry, listDeliveries } from '../delivery/log/list-deliveries.js';
import type { Audit } from '../events/audit.js';
import type { Log } from '../log.js';
import { type AttemptRecord, listAttempts } from '../login/attempts/list-attempts.js';
import { createLimitedRead } from './limited-read.js';
import type { Bus } from '../realtime/bus.js';
import { createChangePoller } from '../realtime/change-poller.js';

/** The maximum number of new items that a feed reads at a time. */
export const FEED_MAX_ITEMS = 200;
const NEWEST = { limit: FEED_MAX_ITEMS, inverted: false };

interface AdminDeps {
  config: Config;
  keyring: Keyring;
  database: Database;
  pools: Pick<Pools, 'admin' | 'background'>;
  bus: Bus;
  audit: Audit;
  log: Log;
}

/** The admin API: its live feeds, with the dependencies that its use cases take. */
export function createAdmin({ pools, ...base }: AdminDeps) {
  // The entry of a read is written before it, so it must not take a connection from sign-ins either.
  const audit: Audit = { ...base.audit, write: (event) => base.audit.write(event, { database: pools.admin }) };
  const deps = { ...base, audit };
  const reads = { ...deps, database: pools.admin };
  const feeds = { database: pools.background };
  const onFailing = (error: unknown) => deps.log.warn({ event: 'feed.read_failed', error });
  return {
    ...deps,
    read: createLimitedRead(reads),
    attemptFeed: createChangePoller<AttemptRecord>({
      readNewest: () => listAttempts({ filter: {}, page: NEWEST }, feeds),
      changeOf: ({ status, failedTries }) => `${status} ${failedTries}`,
      onFailing,
    }),
    deliveryFeed: createChangePoller<SmsLogEntry>({
      readNewest: () => listDeliveries({ filter: {}, page: NEWEST }, feeds),
      changeOf: ({ status, updatedAt }) => `${status} ${updatedAt.getTime()}`,
      onFailing,
    }),
  };
}

export type Admin = ReturnType<typeof createAdmin>;
