import { type NetworkShare, limitedShares } from './network-shares.js';

/**
 * The slots of the operations that run at the same time. Each client network has a number of them, and its /56 and /48 of
 * IPv6 a few times as many. Further operations of that network wait, and no other network waits for them.
 */
export interface OperationSlots {
  /**
   * Resolves when there is a slot for an operation.
   *
   * @param size the number of slots that it takes, or all slots of a network if that is fewer
   * @returns a function that gives the slots back
   */
  take(ip: string, size: number): Promise<() => void>;
}

/**
 * @param holdMs After this time an operation gives its slots back, although it still runs: it waits for a provider, and
 * others behind the same address must not wait with it.
 */
export function createOperationSlots({
  limit,
  holdMs,
  production,
}: {
  limit: number;
  holdMs: number;
  production: boolean;
}): OperationSlots {
  const taken = new Map<string, number>();
  /** Operations that wait, of each network, by the widest network around it: no slot outside of that one helps them. */
  const waitingIn = new Map<string, Map<string, Operation[]>>();

  const isFree = ({ network, share }: NetworkShare, size: number) => (taken.get(network) ?? 0) + size <= limit * share;

  function count({ shares, size }: Operation, sign: 1 | -1): void {
    for (const { network } of shares) {
      const now = (taken.get(network) ?? 0) + sign * size;
      if (now > 0) taken.set(network, now);
      else taken.delete(network);
    }
  }

  function start(operation: Operation): void {
    count(operation, 1);
    let isOver = false;
    const leave = () => {
      clearTimeout(timer);
      if (isOver) return;
      isOver = true;
      count(operation, -1);
      startWaiting(widestOf(operation).network);
    };
    const timer = setTimeout(leave, holdMs).unref();
    operation.start(leave);
  }

  /** Starts what waits in a network and has a slot now, one operation of each of its networks after the other. */
  function startWaiting(widest: string): void {
    const waiting = waitingIn.get(widest);
    if (!waiting) return;
    let hasStarted = true;
    while (hasStarted && waiting.size > 0) {
      hasStarted = false;
      // A copy, because each network that had its turn moves behind the others.
      for (const [network, list] of Array.from(waiting)) {
        const next = list[0] as Operation;
        if (!isFree(widestOf(next), 1)) return;
        if (!next.shares.every((share) => isFree(share, next.size))) continue;
        hasStarted = true;
        list.shift();
        waiting.delete(network);
        if (list.length > 0) waiting.set(network, list);
        start(next);
      }
    }
    if (waiting.size === 0) waitingIn.delete(widest);
  }

  return {
    take(ip, size) {
      const shares = limitedShares(ip, { production });
      const [narrowest] = shares;
      if (!narrowest) return Promise.resolve(() => {});
      return new Promise((resolve) => {
        const operation: Operation = { shares, size: Math.min(size, limit), start: resolve };
        const widest = widestOf(operation).network;
        const waiting = waitingIn.get(widest) ?? new Map<string, Operation[]>();
        waitingIn.set(widest, waiting);
        const list = waiting.get(narrowest.network);
        if (list) list.push(operation);
        else waiting.set(narrowest.network, [operation]);
        // One that waits keeps its network's next ones waiting, so a large one is not overtaken for ever.
        if (!list) startWaiting(widest);
      });
    },
  };
}

interface Operation {
  shares: readonly NetworkShare[];
  size: number;
  start: (leave: () => void) => void;
}

const widestOf = ({ shares }: Operation) => shares.at(-1) as NetworkShare;
