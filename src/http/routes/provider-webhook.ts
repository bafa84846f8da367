import type { IncomingMessage } from 'node:http';
import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';
import { isStorageError } from '../../db/storage-error.js';
import type { ProviderWebhook, WebhookReceipt, WebhookRequest } from '../../delivery/channels/provider.js';
import { type WebhookOutcome, ignored } from '../../login/webhook-outcome.js';
import type { Log } from '../../log.js';
import { readBody } from '../body.js';
import { respondJson } from '../respond.js';
import type { Handler } from '../server.js';
import type { CheckWebhookToken } from './check-webhook-token.js';

/** Meta sends batches of up to 3 MB (WhatsApp Cloud API, Webhooks). */
export const PROVIDER_MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Of each provider: bodies that may be larger than this and are read at the same time. Others wait for the provider to repeat them. */
export const PROVIDER_LARGE_BODIES = 8;
export const PROVIDER_SMALL_BODY_BYTES = 64 * 1024;

/**
 * The webhook of a provider that reports on messages. The answer is 401 if the provider did not send it, 503 while the
 * database cannot store a receipt (the provider then repeats it), and 200 for everything else, because a provider
 * repeats what gets another answer.
 */
export function createProviderWebhook(deps: {
  provider: string;
  path: string;
  webhook: ProviderWebhook;
  receiveReceipt: (receipt: WebhookReceipt) => Promise<WebhookOutcome>;
  receiveText: (text: IncomingText) => Promise<WebhookOutcome>;
  /** Takes the number to which users write. */
  learnNumber: (number: string) => void;
  checkToken: CheckWebhookToken;
  log: Log;
}): Handler {
  const { provider, path, webhook, receiveReceipt, receiveText, learnNumber, checkToken, log } = deps;
  const note = (outcome: WebhookOutcome, fields: object) => {
    if (outcome.outcome === 'ignored')
      log.info({ event: 'webhook.ignored', reason: outcome.reason, provider, ...fields });
  };

  let largeBodies = 0;

  return async (request, response) => {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://localhost');
    const rest = pathname.slice(path.length).replaceAll(/^\/|\/$/g, '');
    const about = { method: request.method ?? 'GET', rest, query, headers: request.headers };
    if (webhook.secretIsInPath) {
      const isRight = () => webhook.isAuthentic({ ...about, body: '' });
      if (!checkToken(request, response, { provider, isRight })) return;
    }
    // Anybody can send a body that nobody has signed, so only a few may take much memory.
    const large = isLarge(request) ? 1 : 0;
    if (largeBodies + large > PROVIDER_LARGE_BODIES) {
      response.setHeader('connection', 'close').setHeader('retry-after', '5');
      return respondJson(response, 503, { error: 'UNAVAILABLE' });
    }
    largeBodies += large;
    const body = await readBody(request, PROVIDER_MAX_BODY_BYTES).finally(() => (largeBodies -= large));
    if (body === undefined) {
      log.info({ event: 'webhook.ignored', reason: 'too_large', provider });
      return respondJson(response, 200, {});
    }
    const received: WebhookRequest = { ...about, body };
    // A signature covers the body, so the body is read before.
    if (
      !webhook.secretIsInPath &&
      !checkToken(request, response, { provider, isRight: () => webhook.isAuthentic(received) })
    )
      return;
    const challenge = webhook.challengeIn?.(received);
    if (challenge !== undefined)
      return void response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-store' }).end(challenge);
    const number = webhook.numberIn?.(received);
    if (number !== undefined) learnNumber(number);
    const receipts = webhook.receiptsIn(received);
    if (!receipts) {
      log.info({ event: 'webhook.ignored', reason: 'unknown_form', provider });
      return respondJson(response, 200, {});
    }
    try {
      // Texts first: a user waits for each. A batch that fails is sent again, and what was done is then a duplicate.
      for (const text of webhook.textsIn?.(received) ?? []) {
        const { idMessage } = text;
        try {
          note('reason' in text ? ignored(text.reason) : await receiveText(text), { idMessage });
        } catch (error) {
          if (isStorageError(error)) throw error;
          // The others in the batch are messages of other users.
          const stack = error instanceof Error ? error.stack : undefined;
          log.error({ event: 'webhook.bug', provider, idMessage, error, stack });
        }
      }
      for (const receipt of receipts)
        note(await receiveReceipt(receipt), { messageId: receipt.providerId.slice(0, 64) });
      respondJson(response, 200, {});
    } catch (error) {
      if (!isStorageError(error)) throw error;
      log.error({ event: 'webhook.storage_unavailable', provider, error });
      respondJson(response, 503, { error: 'UNAVAILABLE' });
    }
  };
}

/** Whether the body may be large: its length is announced as such, or not announced. */
function isLarge({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  if (length === undefined) return headers['transfer-encoding'] !== undefined;
  return Number(length) > PROVIDER_SMALL_BODY_BYTES;
}
