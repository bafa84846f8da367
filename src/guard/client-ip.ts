import ipaddr from 'ipaddr.js';
import { isLoopback } from '../config/is-local.js';

const { IPv4, IPv6 } = ipaddr;

/** The longest IP that is stored. The header may contain any text instead of an IP. */
const MAX_LENGTH = 64;

/** Ranges of IANA's registries of special-purpose addresses, as ipaddr.js names them. */
const PRIVATE_RANGES = new Set<string>(['loopback', 'private', 'uniqueLocal', 'linkLocal', 'carrierGradeNat']);

/**
 * The IP of the client: that of the socket or, behind `trustedHops` proxies, the one that the first of them appended to
 * X-Forwarded-For. A client can write any text into that header, so only the entries of our own proxies are used (R9).
 *
 * @returns an IP, or the first 64 characters of the text in its place.
 */
export function clientIp(
  socketIp: string | undefined,
  forwardedFor: string | string[] | undefined,
  trustedHops: number,
): string {
  const direct = normalizeIp(socketIp ?? '');
  if (trustedHops === 0 || forwardedFor === undefined) return direct;
  const hops = String(forwardedFor)
    .split(',')
    .map((hop) => hop.trim())
    .filter((hop) => hop !== '');
  return normalizeIp(hops.at(-trustedHops) ?? hops[0] ?? direct);
}

/** Whether an IP belongs to this machine or to a network that the Internet cannot reach. */
export function isPrivate(ip: string): boolean {
  return IPv4.isValidFourPartDecimal(ip)
    ? PRIVATE_RANGES.has(IPv4.parse(ip).range())
    : IPv6.isValid(ip) && PRIVATE_RANGES.has(IPv6.parse(ip).range());
}

/**
 * The network that limits by IP count; null for a client without limits. In development that is the local machine, where
 * tests and benchmarks run. Production has no exception: see docs/decisions/0028, which replaces docs/decisions/0004.
 */
export function limitedNetwork(ip: string, { production }: { production: boolean }): string | null {
  return !production && isLoopback(ip) ? null : networkOf(ip);
}

/** The IP of a client that has limits; undefined for one without, as above. */
export const limitedIp = (ip: string, config: { production: boolean }): string | undefined =>
  limitedNetwork(ip, config) === null ? undefined : ip;

/** The network of one customer: an IPv4 address itself, or the /64 of an IPv6 address. Any other text is returned unchanged. */
export function networkOf(ip: string): string {
  if (!IPv6.isValid(ip)) return ip;
  const prefix = IPv6.parse(ip).parts.slice(0, 4);
  return `${prefix.map((part) => part.toString(16)).join(':')}::/64`;
}

/** Removes a port and brackets, and turns an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) into IPv4. */
function normalizeIp(written: string): string {
  const ip = written.replace(/^((?:::ffff:)?\d+\.\d+\.\d+\.\d+):\d+$/i, '$1').replace(/^\[(.*)\](:\d+)?$/, '$1');
  const mapped = IPv6.isValid(ip) && IPv6.parse(ip);
  return mapped && mapped.isIPv4MappedAddress() ? mapped.toIPv4Address().toString() : ip.slice(0, MAX_LENGTH);
}
