import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { IgnoredReason } from '../green-api/ignored-reason.js';
import type { IncomingText } from '../green-api/incoming-text.js';
import { parseJson } from '../http.js';
import { secretsEqual } from '../../../secrets-equal.js';
import type { IgnoredMessage, ProviderWebhook, WebhookReceipt, WebhookRequest } from '../provider.js';
import { receiptOf } from './results.js';

export const WHATSAPP_CLOUD_WEBHOOK = '/api/webhooks/whatsapp-cloud';

/** Part of a primary key, so it is bounded: at most 128 visible ASCII characters. */
const ID = z.string().regex(/^[\x21-\x7e]{1,128}$/);
/** Seconds since the epoch, up to the year 2100, as Meta writes them: a string. */
const SECONDS = z.coerce.number().min(0).max(4_102_444_800);
const PHONE = /^[1-9]\d{6,14}$/;
/** An ID of Meta for a user: the country and a number. */
const USER_ID = /^[A-Z]{2}\.[A-Za-z0-9]{1,64}$/;

const STATUS = z.object({
  id: ID,
  status: z.string().max(40),
  biz_opaque_callback_data: z.uuid().optional().catch(undefined),
  errors: z.array(z.object({ code: z.number().int() })).optional(),
});
const MESSAGE = z.object({
  id: ID,
  timestamp: SECONDS,
  type: z.string(),
  group_id: z.string().nullish(),
  from: z.string().nullish(),
  from_user_id: z.string().nullish(),
  text: z.object({ body: z.string() }).nullish(),
  context: z.object({ forwarded: z.boolean().nullish(), frequently_forwarded: z.boolean().nullish() }).nullish(),
});
const EVENT = z.object({
  object: z.literal('whatsapp_business_account'),
  entry: z.array(
    z.object({
      changes: z.array(
        z.object({
          value: z.object({
            metadata: z.object({ phone_number_id: z.string(), display_phone_number: z.string().optional() }).optional(),
            messages: z.array(z.unknown()).optional(),
            statuses: z.array(z.unknown()).optional(),
          }),
        }),
      ),
    }),
  ),
});

interface Settings {
  appSecret: string;
  verifyToken: string;
  phoneNumberId: string;
}

/**
 * Meta's webhook: statuses and messages, in batches, at least once and in any order. It is signed with the secret of the app over the
 * bytes of the body (developers.facebook.com/docs/graph-api/webhooks/getting-started, Validating payloads).
 */
export function createWhatsAppCloudWebhook({ appSecret, verifyToken, phoneNumberId }: Settings): ProviderWebhook {
  /** The values of this phone number. One app can serve several. Only a POST is signed. */
  const valuesIn = ({ method, body }: WebhookRequest) =>
    method === 'POST'
      ? EVENT.safeParse(parseJson(body))
          .data?.entry.flatMap(({ changes }) => changes.map(({ value }) => value))
          .filter(({ metadata }) => metadata?.phone_number_id === phoneNumberId)
      : undefined;

  return {
    isAuthentic({ method, query, headers, body }) {
      if (method === 'GET') return secretsEqual(query.get('hub.verify_token') ?? '', verifyToken);
      const header = headers['x-hub-signature-256'];
      return typeof header === 'string' && secretsEqual(header, signatureOf(body, appSecret));
    },
    /** Meta asks whether the endpoint is ours. The token is checked before, so the challenge of nobody else is repeated. */
    challengeIn({ method, query }) {
      const challenge = query.get('hub.challenge');
      return method === 'GET' && query.get('hub.mode') === 'subscribe' && /^[\w-]{1,200}$/.test(challenge ?? '')
        ? (challenge ?? undefined)
        : undefined;
    },
    receiptsIn(request) {
      return valuesIn(request)?.flatMap(({ statuses = [] }) => statuses.flatMap(receiptIn));
    },
    textsIn: (request) =>
      (valuesIn(request) ?? []).flatMap(({ messages = [] }) => messages.flatMap((one) => textIn(one, phoneNumberId))),
    numberIn: (request) =>
      valuesIn(request)
        ?.map(({ metadata }) => metadata?.display_phone_number?.replaceAll(/\D/g, ''))
        .find((number) => number !== undefined && PHONE.test(number)),
  };
}

/** The value of X-Hub-Signature-256. */
export function signatureOf(body: string, appSecret: string): string {
  return `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`;
}

function receiptIn(json: unknown): WebhookReceipt[] {
  const parsed = STATUS.safeParse(json).data;
  const receipt = parsed && receiptOf(parsed.status, parsed.errors?.[0]?.code);
  if (!parsed || !receipt) return [];
  const { id: providerId, biz_opaque_callback_data: deliveryId } = parsed;
  return [{ ...receipt, channels: ['whatsapp-cloud'], providerId, deliveryId }];
}

/** A text that one user wrote to the account, as it is read from Green API too (R16). */
function textIn(json: unknown, instance: string): (IncomingText | IgnoredMessage)[] {
  const parsed = MESSAGE.safeParse(json).data;
  if (!parsed) return [];
  const { id: idMessage, timestamp, type, text, from, from_user_id: userId, group_id: group, context } = parsed;
  const ignored = (reason: IgnoredReason) => [{ idMessage, reason }];
  if (type !== 'text' || !text) return ignored('not_a_text');
  // An attacker can make a victim forward a login message. That would sign the attacker in.
  if (context?.forwarded || context?.frequently_forwarded) return ignored('forwarded');
  // Groups of the Cloud API (developers.facebook.com, Groups API, Webhooks). Only messages in a group have the field.
  if (group !== undefined && group !== null) return ignored('not_one_to_one');
  const sender = senderOf(from, userId);
  if (sender === undefined) return ignored('unknown_form');
  return [{ instance, idMessage, sentAt: new Date(timestamp * 1000), sender, chatId: sender, text: text.body }];
}

/** As Green API writes it: `…@c.us` with a phone, `…@lid` for an ID that hides it. */
function senderOf(phone: string | null | undefined, userId: string | null | undefined): string | undefined {
  if (phone && PHONE.test(phone)) return `${phone}@c.us`;
  const id = userId ?? phone;
  return id && USER_ID.test(id) ? `${id}@lid` : undefined;
}
