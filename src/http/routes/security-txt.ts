import { refuseMethod, respondText } from '../respond.js';
import type { Handler } from '../server.js';

export const SECURITY_TXT = '/.well-known/security.txt';

/** RFC 9116, 2.5.5, recommends less than a year. The file is computed at each request, so it never expires. */
const VALID_FOR_DAYS = 180;
const DAY_MS = 86_400_000;

/** Where to report a vulnerability of this installation (RFC 9116). */
export function createSecurityTxtRoute(config: { contacts: readonly string[]; publicUrl: string }): Handler {
  return ({ method }, response) => {
    if (method !== 'GET' && method !== 'HEAD') return refuseMethod(response, 'GET, HEAD');
    const midnight = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    const lines = [
      ...config.contacts.map((contact) => `Contact: ${contact}`),
      `Expires: ${new Date(midnight + VALID_FOR_DAYS * DAY_MS).toISOString().replace('.000', '')}`,
      'Preferred-Languages: en',
      `Canonical: ${config.publicUrl}${SECURITY_TXT}`,
    ];
    respondText(response, `${lines.join('\n')}\n`);
  };
}
