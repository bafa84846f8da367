import type { Config } from '../config/config.js';
import type { Keyring } from '../config/keys.js';
import type { Database } from '../db/database.js';
import { isTimeout } from '../db/storage-error.js';
import { DomainError } from '../domain-error.js';
import type { Audit } from '../events/audit.js';
import type { Log } from '../log.js';
import { ConcurrencyLimitReached, createConcurrencyLimit } from './concurrency-limit.js';

/** What a read of the admin API takes. `database` is the pool of admin reads. */
export interface ReadDeps {
  config: Config;
  keyring: Keyring;
  database: Database;
  audit: Audit;
  log: Log;
}

/** How long a large read waits for the one before it. Other reads wait equally long for a connection. */
const WAIT_MS = 5_000;
const MAX_WAITING = 50;

/**
 * Runs a read of the admin API on its own small pool. A `large` read, which reads many rows, is one of a kind: a second
 * one on the same instance waits for the first.
 *
 * @throws DomainError READ_TIMED_OUT when it waits too long or takes too long
 */
export type LimitedRead = <T>(read: (deps: ReadDeps) => Promise<T>, options?: { large: boolean }) => Promise<T>;

export function createLimitedRead(deps: ReadDeps): LimitedRead {
  const limit = createConcurrencyLimit({ atOnce: 1, maxWaiting: MAX_WAITING, waitMs: WAIT_MS });
  return async (read, { large } = { large: false }) => {
    try {
      return await (large ? limit.run(() => read(deps)) : read(deps));
    } catch (error) {
      if (!(error instanceof ConcurrencyLimitReached) && !isTimeout(error)) throw error;
      deps.log.warn({ event: 'admin.read_timed_out', error });
      throw new DomainError('READ_TIMED_OUT', { cause: error });
    }
  };
}
