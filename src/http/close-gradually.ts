import { setTimeout as sleep } from 'node:timers/promises';

const STEP_MS = 50;
/** A hundred a second do not delay the logins of the instances to which they go. */
const LEAST_PER_STEP = 5;

/**
 * Closes connections a few at a time, so that their clients do not all connect to other instances at the same moment.
 *
 * @param open the connections that are open now; a closed one may stay in it for a while
 * @param overMs the time for all. 0: at once
 */
export async function closeGradually<Connection extends object>(
  open: () => Iterable<Connection>,
  close: (connection: Connection) => void,
  overMs: number,
): Promise<void> {
  const closed = new WeakSet<Connection>();
  const left = () => [...open()].filter((connection) => !closed.has(connection));
  const perStep = overMs === 0 ? Infinity : Math.max(LEAST_PER_STEP, (left().length * STEP_MS) / overMs);
  for (;;) {
    const rest = left();
    for (const connection of rest.slice(0, perStep)) {
      closed.add(connection);
      close(connection);
    }
    if (rest.length <= perStep) return;
    await sleep(STEP_MS);
  }
}
