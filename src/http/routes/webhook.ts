import { createHash, timingSafeEqual } from 'node:crypto';
import { type IncomingText, readWebhook } from '../../delivery/channels/green-api/webhook.js';
import { bareToken } from '../../config/bare-token.js';
import { isStorageError } from '../../db/storage-error.js';
import type { Received } from '../../login/whatsapp/receive.js';
import type { Log } from '../../log.js';
import { readBody } from '../body.js';
import { respondJson } from '../respond.js';
import type { Handler } from '../server.js';

/** Green API sends thumbnails and cards inline; what is larger than this is no login and is let go, with a 200. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/**
 * Green API's webhook. Its queue is first in, first out, and anything but a 200 holds up everybody's login for a day.
 * So: 401 for a wrong token, 503 while the database cannot take the event (the repeat then does it), 200 for all else.
 */
export function createWebhookRoute(parts: {
  token: string | undefined;
  idInstance: string | undefined;
  number: string | undefined;
  receiveText: (message: IncomingText) => Promise<Received>;
  log: Log;
}): Handler {
  const { token, idInstance, number, receiveText, log } = parts;

  return async (request, response) => {
    if (token !== undefined && !isAuthentic(request.headers.authorization, token)) {
      log.warn({ event: 'webhook.refused', reason: 'wrong_token' });
      request.resume(); // not looked at
      return respondJson(response, 401, { error: 'UNAUTHENTICATED' });
    }
    const body = await readBody(request, MAX_BODY_BYTES);
    const event =
      body === undefined
        ? ({ kind: 'ignored', reason: 'too_large' } as const)
        : readWebhook(body, { idInstance, number });
    if (event.kind === 'ignored') {
      const { kind: _, ...fields } = event;
      log.info({ event: 'webhook.ignored', ...fields });
      return respondJson(response, 200, {});
    }
    const { instance, idMessage } = event.message;
    try {
      const received = await receiveText(event.message);
      if (received.outcome === 'ignored')
        log.info({ event: 'webhook.ignored', reason: received.reason, instance, idMessage });
      respondJson(response, 200, {});
    } catch (error) {
      if (isStorageError(error)) {
        log.error({ event: 'webhook.storage_unavailable', idMessage, error });
        return respondJson(response, 503, { error: 'UNAVAILABLE' });
      }
      // A bug of ours: the same event would meet it again and hold up the others.
      log.error({ event: 'webhook.bug', idMessage, error, stack: error instanceof Error ? error.stack : undefined });
      respondJson(response, 200, {});
    }
  };
}

/** Whether the Authorization header carries the token of our settings. Compared in constant time. */
export function isAuthentic(header: string | undefined, token: string): boolean {
  return timingSafeEqual(digest(bareToken(header ?? '')), digest(token));
}

const digest = (value: string) => createHash('sha256').update(value).digest();
