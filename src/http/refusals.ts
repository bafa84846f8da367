import type { EventEmitter } from 'node:events';
import { createNetworkBudget } from '../guard/floods/network-budget.js';
import { REFUSALS_HELD, REFUSALS_PER_CLIENT } from '../guard/limits.js';
import { maxConnections } from './max-connections.js';

type Connection = Pick<EventEmitter, 'once' | 'off'>;

/** The longest time that a refusal waits. Shorter than proxies wait for an answer. */
export const MAX_REFUSAL_WAIT_MS = 10_000;

/**
 * When refused clients get their answers. A client that is refused at once tries again at once, and to accept and refuse
 * thousands of connections a second takes the time of everybody. So the refusals of a client network have a rate, and
 * those above it wait.
 */
export interface Refusals {
  /** Calls `answer` when it is the turn of this refusal, but not if the connection closes before. */
  hold(client: { ip: string; connection: Connection; atLeastMs?: number }, answer: () => void): void;
  /** Gives all answers that wait. Later refusals do not wait. */
  release(): void;
}

export function createRefusals({ production }: { production: boolean }): Refusals {
  const budget = createNetworkBudget({ ...REFUSALS_PER_CLIENT, production });
  // Refused connections must leave most of what the process may open to the others.
  const maxHeld = Math.min(REFUSALS_HELD, maxConnections() / 4);
  const held = new Set<() => void>();
  let released = false;

  function waitMsOf(ip: string): number {
    const waitMs = budget.waitMs(ip);
    if (waitMs < MAX_REFUSAL_WAIT_MS) {
      budget.charge(ip, 1);
      return waitMs;
    }
    // Those that came at once are not answered at once.
    return MAX_REFUSAL_WAIT_MS * (0.5 + Math.random() / 2);
  }

  return {
    hold({ ip, connection, atLeastMs = 0 }, answer) {
      const waitMs = Math.max(atLeastMs, waitMsOf(ip));
      if (released || waitMs === 0 || held.size >= maxHeld) return answer();
      const forget = () => {
        clearTimeout(timer);
        held.delete(answerNow);
      };
      const answerNow = () => {
        connection.off('close', forget);
        forget();
        answer();
      };
      const timer = setTimeout(answerNow, waitMs);
      held.add(answerNow);
      connection.once('close', forget);
    },
    release() {
      released = true;
      for (const answerNow of held) answerNow();
    },
  };
}
