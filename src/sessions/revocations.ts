import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { int4, uuid } from '../db/types.js';
import type { Log } from '../log.js';
import type { Bus } from '../realtime/bus.js';
import { runPeriodically } from '../run-periodically.js';
import { EXPIRED_EVERYWHERE_SECONDS } from './token-lifetimes.js';

/** The topic that is published whenever any session was revoked. See docs/decisions/0016. */
export const REVOCATIONS = 'revocations';

/**
 * How often the revocations are read without a message on the bus. A lost message delays a revocation by at most this
 * time.
 */
const POLL_MS = 1_000;
/** A slow statement commits later than its revoked_at says, so every read looks this much further back. */
const OVERLAP_SECONDS = 15;
/** How often the whole list is read, for a statement that was even slower. */
const FULL_READ_MS = 30_000;

/** The sessions that any instance revoked recently. An access token alone does not show this. */
export interface Revocations {
  isRevoked(sessionId: string): boolean;
  /** Calls `listener` for each session that is revoked from now on. @returns a function that stops it. */
  onRevoked(listener: (sessionId: string) => void): () => void;
  stop(): Promise<void>;
}

const READ_REVOKED = statement({
  name: 'sessions/read_revoked_sessions',
  sql: `SELECT id FROM sessions WHERE revoked_at > now() - :seconds::int * interval '1 second'`,
  parameters: { seconds: int4 },
  columns: { id: uuid },
});

/**
 * Keeps in memory the sessions that were revoked within the lifetime of an access token, and follows new revocations.
 */
export async function followRevocations(deps: { database: Database; bus: Bus; log: Log }): Promise<Revocations> {
  const { database, bus, log } = deps;
  /** The time at which each session can be removed from the list, in milliseconds since the epoch; earliest first. */
  const revoked = new Map<string, number>();
  const listeners = new Set<(sessionId: string) => void>();
  let readAt = -Infinity;
  let fullyReadAt = -Infinity;

  async function read(): Promise<void> {
    const now = Date.now();
    const since = now - fullyReadAt > FULL_READ_MS ? -Infinity : readAt;
    const seconds = Math.min(EXPIRED_EVERYWHERE_SECONDS, Math.ceil((now - since) / 1000) + OVERLAP_SECONDS);
    const rows = await database.query(READ_REVOKED, { seconds });
    readAt = now;
    if (since === -Infinity) fullyReadAt = now;
    for (const [id, dropAt] of revoked) {
      if (dropAt > now) break;
      revoked.delete(id);
    }
    for (const { id } of rows) {
      if (revoked.has(id)) continue;
      revoked.set(id, now + (EXPIRED_EVERYWHERE_SECONDS + OVERLAP_SECONDS) * 1000);
      for (const listener of listeners) listener(id);
    }
  }

  await read();
  const reading = runPeriodically(POLL_MS, read, (error) =>
    log.warn({ event: 'session.revocations_read_failed', error }),
  );
  const unsubscribe = await bus.subscribe(REVOCATIONS, reading.poke);
  return {
    isRevoked: (sessionId) => revoked.has(sessionId),
    onRevoked(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop() {
      unsubscribe();
      await reading.stop();
    },
  };
}
