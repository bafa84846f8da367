import { limitedNetwork } from './client-ip.js';

/** The number of open connections of each client network on this instance. */
export interface IpCount {
  /**
   * Counts one more connection. @returns a function that ends the count; undefined when the network is at its limit.
   */
  acquire(ip: string): (() => void) | undefined;
}

/** `limit` is the number of connections per network. In development the local machine has no limit. */
export function createIpCount(limit: number, config: { production: boolean }): IpCount {
  const openByNetwork = new Map<string, number>();
  return {
    acquire(ip) {
      const network = limitedNetwork(ip, config);
      if (network === null) return () => {};
      const open = openByNetwork.get(network) ?? 0;
      if (open >= limit) return undefined;
      openByNetwork.set(network, open + 1);
      return () => {
        const left = (openByNetwork.get(network) ?? 1) - 1;
        if (left > 0) openByNetwork.set(network, left);
        else openByNetwork.delete(network);
      };
    },
  };
}
