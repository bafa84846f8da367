import { networkOf, isLoopback } from './client-ip.js';

/** How many connections each client address holds on this instance. */
export interface IpCount {
  /** Takes a place; nothing when the address holds its full number. The place is given back by calling what it returns. */
  enter(ip: string): (() => void) | undefined;
}

export function createIpCount(limit: number): IpCount {
  const held = new Map<string, number>();
  return {
    enter(ip) {
      const key = networkOf(ip);
      const count = held.get(key) ?? 0;
      if (count >= limit && !isLoopback(ip)) return undefined;
      held.set(key, count + 1);
      return () => {
        const left = (held.get(key) ?? 1) - 1;
        if (left > 0) held.set(key, left);
        else held.delete(key);
      };
    },
  };
}
