import { SHARE_OF_HOUSEHOLD, SHARE_OF_SITE } from '../limits.js';
import { hasNoLimits, networkOf, networksOf } from '../networks/networks-of.js';

/** How many times the limit of a client network its wider networks share, in the order of `networksOf`. */
const SHARES = [1, SHARE_OF_HOUSEHOLD, SHARE_OF_SITE];

/** Parsing an IPv6 address takes longer than counting it, and each request is counted several times. */
const MAX_REMEMBERED = 1_000;
const remembered = new Map<string, readonly NetworkShare[]>();

/** A network of a client, and how many times the limit of one client it has. */
export interface NetworkShare {
  network: string;
  share: number;
}

/**
 * The networks of a client that an instance limits, the narrowest first: an IPv4 address, or the /64, the /56 and the /48 of
 * an IPv6 address, which one household can have. Not the /24 of an IPv4 address: a carrier can have a million users behind it.
 */
export function networkShares(ip: string): readonly NetworkShare[] {
  const known = remembered.get(ip);
  if (known) return known;
  const networks = ip.includes(':') ? networksOf(ip) : [networkOf(ip)];
  const shares = networks.map((network, index) => ({ network, share: SHARES[index] as number }));
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(ip, shares);
  return shares;
}

/** The same; none for a client without limits. */
export const limitedShares = (ip: string, { production }: { production: boolean }): readonly NetworkShare[] =>
  hasNoLimits(ip, production) ? [] : networkShares(ip);
