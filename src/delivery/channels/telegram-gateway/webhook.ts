import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { parseJson } from '../http.js';
import type { ProviderWebhook, WebhookRequest } from '../provider.js';
import { requestStatusIn } from './client.js';
import { receiptOf } from './results.js';

/** A callback that is older was recorded by somebody, or was delayed for so long that the poll knows more. */
const MAX_AGE_SECONDS = 3_600;

/**
 * Telegram's report on a message. It is signed: HMAC-SHA-256, with the SHA-256 of the token as key, of the time, a line
 * break and the body (core.telegram.org/gateway/api, Checking report integrity).
 */
export function createTelegramGatewayWebhook(
  { token }: { token: string },
  { now = () => Date.now() }: { now?: () => number } = {},
): ProviderWebhook {
  return {
    isAuthentic({ headers, body }) {
      const time = textOf(headers['x-request-timestamp']);
      const signature = textOf(headers['x-request-signature']);
      if (!/^\d{1,12}$/.test(time) || !/^[\da-f]{64}$/i.test(signature)) return false;
      const isSigned = timingSafeEqual(signatureOf({ time, body, token }), Buffer.from(signature, 'hex'));
      return isSigned && Math.abs(now() / 1000 - Number(time)) <= MAX_AGE_SECONDS;
    },
    receiptsIn({ body }: WebhookRequest) {
      const request = requestStatusIn(parseJson(body));
      if (!request) return undefined;
      const receipt = receiptOf(request.status);
      const { requestId: providerId, deliveryId } = request;
      return receipt ? [{ ...receipt, channels: ['telegram-gateway'], providerId, deliveryId }] : [];
    },
  };
}

export function signatureOf({ time, body, token }: { time: string; body: string; token: string }): Buffer {
  const key = createHash('sha256').update(token).digest();
  return createHmac('sha256', key).update(`${time}\n${body}`).digest();
}

const textOf = (header: string | string[] | undefined): string => (typeof header === 'string' ? header : '');
