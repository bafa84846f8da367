import { createKeyedCounts } from './keyed-counts.js';
import { limitedShares } from './network-shares.js';

/** The number of open connections of each client network on this instance. */
export interface IpCount {
  /**
   * Counts one more connection. @returns a function that ends the count; undefined when a network is at its limit.
   */
  acquire(ip: string): (() => void) | undefined;
}

/**
 * `limit` is the number of connections per network. The /56 and the /48 of an IPv6 address, which one customer can have,
 * have a larger limit. In development the local machine has no limit.
 */
export function createIpCount(limit: number, config: { production: boolean }): IpCount {
  const countsOfShares = new Map<number, ReturnType<typeof createKeyedCounts>>();
  function countsOf(share: number) {
    const counts = countsOfShares.get(share) ?? createKeyedCounts(limit * share);
    countsOfShares.set(share, counts);
    return counts;
  }
  return {
    acquire(ip) {
      const leaves: (() => void)[] = [];
      const leave = () => {
        for (const leaveNetwork of leaves) leaveNetwork();
      };
      for (const { network, share } of limitedShares(ip, config)) {
        const leaveNetwork = countsOf(share).acquire(network);
        if (!leaveNetwork) {
          leave();
          return undefined;
        }
        leaves.push(leaveNetwork);
      }
      return leave;
    },
  };
}
