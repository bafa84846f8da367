import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Audit } from '../../events/audit.js';
import { clientIp } from '../../guard/client-ip.js';
import { createWrongTokens } from '../../guard/wrong-tokens.js';
import type { Log } from '../../log.js';
import { respondJson } from '../respond.js';

/** How long the answer to a guess is held back. */
const DELAY_MS = 1_000;
/** Answers that are held back at a time. Above that, the connection of a guess is closed without an answer. */
const MAX_DELAYED = 100;

export type RefuseWrongToken = (request: IncomingMessage, response: ServerResponse, provider: string) => void;

/**
 * Answers 401 to webhooks with a wrong token, without reading the body. After too many wrong tokens, the answers come
 * late, each connection takes one guess, and the gateway raises one alarm a minute instead of a line for each guess.
 */
export function createWrongTokenRefusal(deps: {
  config: { trustedProxyHops: number };
  audit: Audit;
  log: Log;
}): RefuseWrongToken {
  const wrongTokens = createWrongTokens();
  let delayed = 0;

  return (request, response, provider) => {
    const { trustedProxyHops } = deps.config;
    const ip = clientIp(request.socket.remoteAddress, request.headers['x-forwarded-for'], trustedProxyHops);
    const { isGuessing, alarm } = wrongTokens.count(ip);
    if (alarm) deps.audit.warn({ event: 'webhook.guessing', provider, ip, ...alarm });
    if (!isGuessing) {
      deps.log.warn({ event: 'webhook.refused', reason: 'wrong_token', provider });
      request.resume();
      return respondJson(response, 401, { error: 'UNAUTHENTICATED' });
    }
    if (delayed >= MAX_DELAYED) return void request.destroy();
    delayed += 1;
    const timer = setTimeout(() => {
      request.resume();
      respondJson(response.setHeader('connection', 'close'), 401, { error: 'UNAUTHENTICATED' });
    }, DELAY_MS);
    response.once('close', () => {
      clearTimeout(timer);
      delayed -= 1;
    });
  };
}
