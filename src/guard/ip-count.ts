import { limitedNetwork } from './client-ip.js';
import { SHARE_OF_SITE } from './limits.js';
import { shortenIp } from './shorten-ip.js';

/** The number of open connections of each client network on this instance. */
export interface IpCount {
  /**
   * Counts one more connection. @returns a function that ends the count; undefined when the network is at its limit.
   */
  acquire(ip: string): (() => void) | undefined;
}

/**
 * `limit` is the number of connections per network. The networks of one /48 of IPv6, which one customer can have, share a
 * larger limit. In development the local machine has no limit.
 */
export function createIpCount(limit: number, config: { production: boolean }): IpCount {
  const byNetwork = createCounts(limit);
  const bySite = createCounts(limit * SHARE_OF_SITE);
  return {
    acquire(ip) {
      const network = limitedNetwork(ip, config);
      if (network === null) return () => {};
      const leave = byNetwork.acquire(network);
      const site = ip.includes(':') ? shortenIp(ip) : null;
      if (!leave || site === null) return leave;
      const leaveSite = bySite.acquire(site);
      if (!leaveSite) {
        leave();
        return undefined;
      }
      return () => {
        leave();
        leaveSite();
      };
    },
  };
}

function createCounts(limit: number): { acquire(key: string): (() => void) | undefined } {
  const openByKey = new Map<string, number>();
  return {
    acquire(key) {
      const open = openByKey.get(key) ?? 0;
      if (open >= limit) return undefined;
      openByKey.set(key, open + 1);
      return () => {
        const left = (openByKey.get(key) ?? 1) - 1;
        if (left > 0) openByKey.set(key, left);
        else openByKey.delete(key);
      };
    },
  };
}
