import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Audit } from '../../events/audit.js';
import { clientIp } from '../../guard/networks/client-ip.js';
import { createTokenComparisons } from '../../guard/floods/token-comparisons.js';
import { createWrongTokens } from '../../guard/floods/wrong-tokens.js';
import type { Log } from '../../log.js';
import { respondJson } from '../respond.js';

/** How long the answer to a guess is held back. */
const DELAY_MS = 1_000;

interface WebhookToken {
  /** Name of the provider, for the log. */
  provider: string;
  isRight: () => boolean;
}

/** @returns whether the webhook has the right token. If not, the request is answered or closed. */
export type CheckWebhookToken = (request: IncomingMessage, response: ServerResponse, token: WebhookToken) => boolean;

/**
 * Answers 401 to webhooks with a wrong token, without reading the body. After too many wrong tokens, the answers come
 * late, each connection takes one guess, and the gateway raises one alarm a minute instead of a line for each guess. It
 * closes the connection of a guess that is too many, without an answer and without a look at the token.
 */
export function createWebhookTokenCheck(deps: {
  config: { trustedProxyHops: number };
  audit: Audit;
  log: Log;
}): CheckWebhookToken {
  const wrongTokens = createWrongTokens();
  const comparisons = createTokenComparisons(wrongTokens);

  function refuse(
    { provider, ip }: { provider: string; ip: string },
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const { isGuessing, alarm } = wrongTokens.count(ip);
    if (alarm) deps.audit.warn({ event: 'webhook.guessing', provider, ip, ...alarm });
    if (!isGuessing) {
      deps.log.warn({ event: 'webhook.refused', reason: 'wrong_token', provider });
      request.resume();
      return respondJson(response, 401, { error: 'UNAUTHENTICATED' });
    }
    const release = comparisons.hold(ip);
    if (!release) return void request.destroy();
    setTimeout(() => {
      release();
      if (request.socket.destroyed) return;
      request.resume();
      respondJson(response.setHeader('connection', 'close'), 401, { error: 'UNAUTHENTICATED' });
    }, DELAY_MS).unref();
  }

  return (request, response, { provider, isRight }) => {
    const { trustedProxyHops } = deps.config;
    const ip = clientIp(request.socket.remoteAddress, request.headers['x-forwarded-for'], trustedProxyHops);
    if (!comparisons.mayCompare(ip)) {
      request.destroy();
      return false;
    }
    if (isRight()) {
      comparisons.recordRight(ip);
      return true;
    }
    refuse({ provider, ip }, request, response);
    return false;
  };
}
