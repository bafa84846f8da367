import { limitedNetwork, networkOf } from './client-ip.js';

/**
 * An allowance for each client network on this instance, as a token bucket: it refills at a steady rate and holds at
 * most `burst`. In development the local machine has no limit.
 */
export interface NetworkBudget {
  /** Takes `amount` from the allowance of the network, which may fall below zero. */
  charge(ip: string, amount: number): void;
  /** Milliseconds until the network has something left; 0 when it has. */
  waitMs(ip: string): number;
}

/** At most this number of networks is remembered. A new network displaces the one that has not been charged for the longest time. */
export const REMEMBERED_NETWORKS = 50_000;

export function createNetworkBudget(
  { perSecond, burst, production }: { perSecond: number; burst: number; production: boolean },
  now: () => number = () => performance.now(),
): NetworkBudget {
  const byNetwork = new Map<string, { left: number; at: number }>();

  function refilled(network: string): number {
    const bucket = byNetwork.get(network);
    if (!bucket) return burst;
    return Math.min(burst, bucket.left + ((now() - bucket.at) * perSecond) / 1000);
  }

  return {
    charge(ip, amount) {
      const network = limitedNetwork(ip, { production });
      if (network === null) return;
      const left = refilled(network) - amount;
      byNetwork.delete(network);
      if (byNetwork.size >= REMEMBERED_NETWORKS) byNetwork.delete(byNetwork.keys().next().value as string);
      byNetwork.set(network, { left, at: now() });
    },
    waitMs(ip) {
      const left = refilled(networkOf(ip));
      return left > 0 ? 0 : Math.ceil(((1 - left) * 1000) / perSecond);
    },
  };
}
