import ipaddr from 'ipaddr.js';

const { IPv4, IPv6 } = ipaddr;

/**
 * The part of an IP that tells the provider and the region but not the customer: the /24 network of an IPv4 address, the
 * /48 network of an IPv6 address. Null for any other text.
 */
export function shortenIp(ip: string): string | null {
  // For an IPv6 address, isValidFourPartDecimal throws and catches an error, which takes a hundred times as long.
  if (!ip.includes(':') && IPv4.isValidFourPartDecimal(ip)) return `${ip.split('.').slice(0, 3).join('.')}.0/24`;
  if (!IPv6.isValid(ip)) return null;
  const prefix = IPv6.parse(ip).parts.slice(0, 3);
  return `${prefix.map((part) => part.toString(16)).join(':')}::/48`;
}
