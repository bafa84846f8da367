import ipaddr from 'ipaddr.js';
import { networkOf } from './client-ip.js';
import { shortenIp } from './shorten-ip.js';

const { IPv6 } = ipaddr;

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
  return IPv6.isValid(ip) ? [networkOf(ip), siteOf(ip), widest] : [networkOf(ip), widest];
}

/** The /56 of an IPv6 address, which many providers give to one household. */
function siteOf(ip: string): string {
  const [a, b, c, d] = IPv6.parse(ip).parts as [number, number, number, number];
  return `${[a, b, c, d & 0xff_00].map((part) => part.toString(16)).join(':')}::/56`;
}
