import { limitedNetwork } from './client-ip.js';
import { networksOf } from './networks-of.js';

/** The networks that limits by IP count, the narrowest first; none for a client without limits (see `limitedNetwork`). */
export function limitedNetworks(ip: string, config: { production: boolean }): string[] {
  return limitedNetwork(ip, config) === null ? [] : networksOf(ip);
}
