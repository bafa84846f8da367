import type { Config } from '../config/config.js';
import type { Database } from '../db/database.js';
import type { Log } from '../log.js';
import { runPeriodically } from '../run-periodically.js';
import { countRightCodes } from './guesses/count-right-codes.js';
import { settleUsedCodes } from './budgets/settle-used-codes.js';

/** How often used codes are written, in milliseconds. */
const WRITE_MS = 250;
/** Codes that wait for it at most. Further ones count as unused, which is the safe side. */
const MAX_WAITING = 20_000;

/** What has closed an attempt: a code, or a login message by WhatsApp. */
export interface UsedCode {
  attemptId: string;
  /** Of the client that entered the code; left out for a login message. */
  ip?: string;
}

/** Tells the budgets and the limits of wrong codes which codes were used. */
export interface UsedCodes {
  add(code: UsedCode): void;
  close(): Promise<void>;
}

/**
 * Collects used codes and writes them together, because a sign-in would otherwise wait for the rows that all sign-ins of
 * its country or its network share. What a crash loses stays charged as unused for a day at most.
 *
 * @param deps `database`: the pool of background work
 */
export function createUsedCodes(deps: { config: Pick<Config, 'production'>; database: Database; log: Log }): UsedCodes {
  const { log } = deps;
  let waiting: UsedCode[] = [];

  async function write(): Promise<void> {
    if (waiting.length === 0) return;
    const codes = waiting;
    waiting = [];
    let firstOfDay: Set<string>;
    try {
      firstOfDay = await settleUsedCodes({ attemptIds: codes.map(({ attemptId }) => attemptId) }, deps);
    } catch (error) {
      waiting = [...codes, ...waiting].slice(0, MAX_WAITING);
      throw error;
    }
    await countRightCodes(
      codes.flatMap(({ attemptId, ip }) => (firstOfDay.has(attemptId) ? (ip ?? []) : [])),
      deps,
    ).catch((error: unknown) => log.warn({ event: 'guard.verified_codes_lost', error }));
  }

  const task = runPeriodically(WRITE_MS, write, (error) => log.warn({ event: 'guard.settle_failed', error }));
  return {
    add(code) {
      if (waiting.length < MAX_WAITING) waiting.push(code);
    },
    async close() {
      await task.stop();
      await write().catch(() => {});
    },
  };
}
