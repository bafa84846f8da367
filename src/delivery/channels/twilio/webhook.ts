import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { secretsEqual } from '../../../secrets-equal.js';
import type { ProviderWebhook, WebhookRequest } from '../provider.js';
import { DELIVERY_PARAMETER, TWILIO_WEBHOOK } from './index.js';
import { receiptOf } from './results.js';

/** A callback has a few hundred characters. The fields of a longer one are not sorted, because nobody is authenticated yet. */
const MAX_FORM_CHARACTERS = 16_384;

const CODE = z.coerce.number().int().min(1).max(999_999).optional().catch(undefined);
const REPORT = z.union([
  z
    .object({ MessageSid: z.string().regex(/^(?:SM|MM)[0-9a-f]{32}$/), MessageStatus: z.string(), ErrorCode: CODE })
    .transform(({ MessageSid: id, MessageStatus: status, ErrorCode: code }) => ({
      channel: 'twilio',
      id,
      status,
      code,
    })),
  z
    .object({ CallSid: z.string().regex(/^CA[0-9a-f]{32}$/), CallStatus: z.string() })
    .transform(({ CallSid: id, CallStatus: status }) => ({ channel: 'twilio-call', id, status, code: undefined })),
]);

/**
 * Twilio's report on a message or a call: a form. It is signed over the URL that Twilio calls and the fields
 * (twilio.com/docs/usage/webhooks/webhooks-security). Behind a proxy that is the public URL, not the one of the request.
 * See docs/decisions/0073.
 */
export function createTwilioWebhook({
  authToken,
  publicUrl,
}: {
  authToken: string;
  publicUrl: string;
}): ProviderWebhook {
  const urls = withAndWithoutPort(publicUrl);
  return {
    isAuthentic({ method, query, headers, body }) {
      const shown = headers['x-twilio-signature'];
      if (method !== 'POST' || typeof shown !== 'string' || body.length > MAX_FORM_CHARACTERS) return false;
      const form = new URLSearchParams(body);
      const path = `${TWILIO_WEBHOOK}${query.size > 0 ? `?${query}` : ''}`;
      return urls.some((url) => secretsEqual(shown, signatureOf(url + path, form, authToken)));
    },
    receiptsIn({ body, query }: WebhookRequest) {
      const report = REPORT.safeParse(Object.fromEntries(new URLSearchParams(body))).data;
      if (!report) return undefined;
      const { channel, id, status, code } = report;
      const receipt = receiptOf(status, code);
      const delivery = z.uuid().safeParse(query.get(DELIVERY_PARAMETER)).data;
      return receipt ? [{ ...receipt, channels: [channel], providerId: id, deliveryId: delivery }] : [];
    },
  };
}

/** The signature of a request with these fields, whose names are sorted. */
export function signatureOf(url: string, form: URLSearchParams, authToken: string): string {
  const sorted = new URLSearchParams(form);
  sorted.sort();
  const fields = [...sorted].map(([name, value]) => name + value).join('');
  return createHmac('sha1', authToken).update(`${url}${fields}`).digest('base64');
}

/** Twilio signs the URL with the port or without it, so its own libraries try both. */
function withAndWithoutPort(publicUrl: string): string[] {
  const [, scheme = '', host = '', port, path = ''] =
    /^(https?):\/\/([^/:]+|\[[^\]]+\])(?::(\d+))?(.*)$/.exec(publicUrl) ?? [];
  const usual = scheme === 'https' ? '443' : '80';
  return [`${scheme}://${host}${path}`, `${scheme}://${host}:${port ?? usual}${path}`];
}
