import ipaddr from 'ipaddr.js';
import { isLoopback } from '../../config/is-local.js';
import { shortenIp } from './shorten-ip.js';

const { IPv6 } = ipaddr;

/**
 * What the networks of a client are called in rules and limits, in the order of `networksOf`: an IPv4 address or a /64; a
 * /24 or a /56; a /48.
 */
const KINDS = ['address', 'network', 'site'] as const;

/** The kind of the network at this place of `networksOf`. */
export const kindOfNetwork = (index: number): (typeof KINDS)[number] => KINDS[index] ?? 'site';

/** The network of one customer: an IPv4 address itself, or the /64 of an IPv6 address. Any other text is returned unchanged. */
export function networkOf(ip: string): string {
  return IPv6.isValid(ip) ? prefixOf(ip, 64) : ip;
}

/**
 * The networks of a client that limits count, the narrowest first: an IPv4 address and its /24, or the /64, the /56 and
 * the /48 of an IPv6 address. A provider gives a customer one IPv4 address, or an IPv6 network of one of these sizes. The
 * first is always `networkOf(ip)`. Any other text is its own only network.
 *
 * @param ip as `clientIp` returns it
 */
export function networksOf(ip: string): [string, ...string[]] {
  const widest = shortenIp(ip);
  if (widest === null) return [networkOf(ip)];
  // Many providers give a /56 to one household.
  return IPv6.isValid(ip) ? [networkOf(ip), prefixOf(ip, 56), widest] : [networkOf(ip), widest];
}

/**
 * The same for a client that limits by IP count; none for a client without limits. In development that is the local machine, where
 * tests and benchmarks run. Production has no exception: see docs/decisions/0028, which replaces docs/decisions/0004.
 */
export const limitedNetworks = (ip: string, { production }: { production: boolean }): string[] =>
  hasNoLimits(ip, production) ? [] : networksOf(ip);

/** The narrowest of `limitedNetworks`; null for a client without limits. */
export const limitedNetwork = (ip: string, { production }: { production: boolean }): string | null =>
  hasNoLimits(ip, production) ? null : networkOf(ip);

/** Whether a client has no limits, because it is the local machine in development. */
export const hasNoLimits = (ip: string, production: boolean) => !production && isLoopback(ip);

function prefixOf(ip: string, length: 56 | 64): string {
  const [a, b, c, d] = IPv6.parse(ip).parts as [number, number, number, number];
  const kept = [a, b, c, length === 56 ? d & 0xff_00 : d];
  return `${kept.map((part) => part.toString(16)).join(':')}::/${length}`;
}
