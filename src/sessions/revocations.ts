import type { Database, Statement } from '../db/database.js';
import type { Log } from '../log.js';
import type { Bus } from '../realtime/bus.js';
import { runPeriodically } from '../run-periodically.js';
import { ACCESS_TOKEN_SECONDS, CLOCK_SKEW_SECONDS } from './access-token.js';

/** Announced whenever a session was revoked, whichever. */
export const REVOCATIONS = 'revocations';

/** How often the list is read unasked. A wake-up that comes makes it sooner; one that is lost costs no more than this. */
const RE_READ_MS = 1_000;
/** After that its access tokens have run out everywhere, and a revoked session need not be known. */
const LIFE_SECONDS = ACCESS_TOKEN_SECONDS + CLOCK_SKEW_SECONDS;
/** A statement that took long carries an earlier time than the one it is seen at: what may have come in late is read once more. */
const OVERLAP_SECONDS = 15;
/** How often all is read that matters, for what took longer still. */
const FULL_READ_MS = 30_000;

/** The sessions that have lately been revoked, on any instance: what an access token alone does not tell. */
export interface Revocations {
  isRevoked(sessionId: string): boolean;
  /** Calls for each session that is revoked from now on. @returns how to stop. */
  onRevoked(listener: (sessionId: string) => void): () => void;
  stop(): Promise<void>;
}

const READ_REVOKED: Statement = {
  name: 'read_revoked_sessions',
  text: `SELECT id FROM sessions WHERE revoked_at > now() - $1::int * interval '1 second'`,
};

/** The list is as long as the sign-outs of ten minutes, and reading it costs as much as those of the last seconds. */
export async function followRevocations(deps: { database: Database; bus: Bus; log: Log }): Promise<Revocations> {
  const { database, bus, log } = deps;
  /** When each can be forgotten, oldest first. */
  const revoked = new Map<string, number>();
  const listeners = new Set<(sessionId: string) => void>();
  let readAt = -Infinity;
  let fullyReadAt = -Infinity;

  async function read(): Promise<void> {
    const now = Date.now();
    const since = now - fullyReadAt > FULL_READ_MS ? -Infinity : readAt;
    const seconds = Math.min(LIFE_SECONDS, Math.ceil((now - since) / 1000) + OVERLAP_SECONDS);
    const rows = await database.query<{ id: string }>(READ_REVOKED, [seconds]);
    readAt = now;
    if (since === -Infinity) fullyReadAt = now;
    for (const [id, forgetAt] of revoked) {
      if (forgetAt > now) break;
      revoked.delete(id);
    }
    for (const { id } of rows) {
      if (revoked.has(id)) continue;
      revoked.set(id, now + (LIFE_SECONDS + OVERLAP_SECONDS) * 1000);
      for (const listener of listeners) listener(id);
    }
  }

  await read();
  const reading = runPeriodically(RE_READ_MS, read, (error) =>
    log.warn({ event: 'session.revocations_unread', error }),
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
