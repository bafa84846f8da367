import { isIPv6 } from 'node:net';

/**
 * The address of the client: the socket's, or the one that exactly `trustedHops` proxies agree on. A client can write
 * anything into X-Forwarded-For; only the last entries, which our own proxies appended, are believed (R9).
 */
export function clientIp(
  socketAddress: string | undefined,
  forwardedFor: string | string[] | undefined,
  trustedHops: number,
): string {
  const direct = plain(socketAddress ?? '');
  if (trustedHops === 0 || forwardedFor === undefined) return direct;
  const hops = String(forwardedFor)
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return plain(hops.at(-trustedHops) ?? hops[0] ?? direct);
}

/** The same machine. Limits by address do not apply: behind a proxy that is not declared, everybody has this address. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** What a limit by address counts for this client; nothing for the machine itself. */
export function limitedNetwork(address: string): string | null {
  return isLoopback(address) ? null : networkOf(address);
}

/** What a limit by address counts: the address itself, or the /64 that one IPv6 customer owns. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', rest] = address.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  if (rest !== undefined) {
    const tail = rest.split(':').filter((group) => group !== '');
    while (groups.length + tail.length < 8) groups.push('0');
    groups.push(...tail);
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}

/** IPv4 as such, also when it comes in IPv6's clothes or with a port. */
function plain(address: string): string {
  return address
    .replace(/^::ffff:(?=\d+\.)/i, '')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/^\[(.*)\](:\d+)?$/, '$1')
    .slice(0, 64);
}
