import { setImmediate as connectionsAccepted, setTimeout as sleep } from 'node:timers/promises';
import type { RunningGateway } from './gateway.js';
import type { HttpServer } from './http/server.js';

/** A connection on which no request arrived in this time will probably get none. */
const IDLE_MS = 2_000;
/** Over how long waiting clients are sent to other instances. */
const SEND_AWAY_MS = 4_000;
/** Added to the time that sending a code may take: its statements, before and after. */
const MORE_MS = 5_000;

/** How long a shutdown may take, in milliseconds. */
export interface ShutdownTimes {
  /** How long the gateway still accepts connections while `/health/ready` says that it is shutting down. */
  delayMs: number;
  /** How long running requests may take. */
  graceMs: number;
}

export function shutdownTimes(config: {
  shutdownDelaySeconds: number;
  delivery: { budgetSeconds: number };
}): ShutdownTimes {
  return { delayMs: config.shutdownDelaySeconds * 1000, graceMs: config.delivery.budgetSeconds * 1000 + MORE_MS };
}

/**
 * Takes an instance out of service so that no request fails: load balancers learn of it while it still serves everything;
 * then it accepts no new connection, sends waiting clients away, and lets running requests finish. The database and Redis
 * must stay available. See docs/decisions/0066.
 */
export async function shutDown(
  gateway: Pick<RunningGateway, 'announceShutdown' | 'drain' | 'sendAway'>,
  server: Pick<HttpServer, 'stopListening' | 'close'>,
  { delayMs, graceMs }: ShutdownTimes,
): Promise<void> {
  gateway.announceShutdown();
  if (delayMs > 0) await sleep(delayMs);
  // Connections that wait to be accepted would be reset with the port.
  await connectionsAccepted();
  // Before clients are sent away: a proxy would send them here again.
  server.stopListening();
  gateway.drain();
  // Without a delay there is no load balancer.
  const [idleMs, overMs] = delayMs > 0 ? [IDLE_MS, SEND_AWAY_MS] : [0, 0];
  await Promise.all([gateway.sendAway(overMs), server.close({ graceMs, idleMs })]);
}
