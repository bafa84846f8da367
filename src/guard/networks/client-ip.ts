import ipaddr from 'ipaddr.js';

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

/** Removes a port and brackets, and turns an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) into IPv4. */
function normalizeIp(written: string): string {
  const ip = written.replace(/^((?:::ffff:)?\d+\.\d+\.\d+\.\d+):\d+$/i, '$1').replace(/^\[(.*)\](:\d+)?$/, '$1');
  const mapped = IPv6.isValid(ip) && IPv6.parse(ip);
  return mapped && mapped.isIPv4MappedAddress() ? mapped.toIPv4Address().toString() : ip.slice(0, MAX_LENGTH);
}
