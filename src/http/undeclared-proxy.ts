import type { IncomingMessage } from 'node:http';
import type { Audit } from '../events/audit.js';
import { clientIp, isPrivate } from '../guard/networks/client-ip.js';
import { forwardingHeaderIn } from './forwarding-header.js';

/** Finds a proxy in front of the gateway that TRUSTED_PROXY_HOPS does not count. */
export interface ProxyWatch {
  observe(request: IncomingMessage): void;
  isFound(): boolean;
}

/**
 * Reports the first request from a loopback or private address with a header of a proxy, while TRUSTED_PROXY_HOPS is 0.
 * Behind such a proxy every user has its IP address, and shares its limits. The audit entry tells the doctor, which is
 * another process. A client on the Internet can send such a header too, but has no private address.
 */
export function createProxyWatch(deps: { config: { trustedProxyHops: number }; audit: Audit }): ProxyWatch {
  let found = false;
  return {
    observe({ headers, socket }) {
      if (found || deps.config.trustedProxyHops > 0) return;
      const header = forwardingHeaderIn(headers);
      if (header === undefined) return;
      const ip = clientIp(socket.remoteAddress, undefined, 0);
      if (!isPrivate(ip)) return;
      found = true;
      deps.audit.error({ event: 'proxy.undeclared', ip, header });
    },
    isFound: () => found,
  };
}
