import { limitedShares, networkShares } from './network-shares.js';

/**
 * An allowance for each client network on this instance, as a token bucket: it refills at a steady rate and holds at
 * most `burst`. The /56 and the /48 of an IPv6 address have an allowance too, a few times larger. In development the local
 * machine has no limit.
 */
export interface NetworkBudget {
  /** Takes `amount` from the allowances of the client's networks, which may fall below zero. */
  charge(ip: string, amount: number): void;
  /** Milliseconds until each of the client's networks has something left; 0 when they have. */
  waitMs(ip: string): number;
}

/** At most this number of networks is remembered. A new network displaces the one that has not been charged for the longest time. */
export const REMEMBERED_NETWORKS = 50_000;

export function createNetworkBudget(
  { perSecond, burst, production }: { perSecond: number; burst: number; production: boolean },
  now: () => number = () => performance.now(),
): NetworkBudget {
  const byNetwork = new Map<string, { left: number; at: number }>();

  function refilled(network: string, share: number): number {
    const bucket = byNetwork.get(network);
    if (!bucket) return burst * share;
    return Math.min(burst * share, bucket.left + ((now() - bucket.at) * perSecond * share) / 1000);
  }

  return {
    charge(ip, amount) {
      for (const { network, share } of limitedShares(ip, { production })) {
        const left = refilled(network, share) - amount;
        byNetwork.delete(network);
        if (byNetwork.size >= REMEMBERED_NETWORKS) byNetwork.delete(byNetwork.keys().next().value as string);
        byNetwork.set(network, { left, at: now() });
      }
    },
    waitMs(ip) {
      let longest = 0;
      for (const { network, share } of networkShares(ip)) {
        const left = refilled(network, share);
        if (left <= 0) longest = Math.max(longest, Math.ceil(((1 - left) * 1000) / (perSecond * share)));
      }
      return longest;
    },
  };
}
