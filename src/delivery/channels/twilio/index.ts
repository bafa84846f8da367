import { z } from 'zod';
import { type Channel, type Failed, type Receipt, type SendResult, failed } from '../channel.js';
import { isFailed } from '../http.js';
import { receiptsOneByOne } from '../receipts-one-by-one.js';
import { countSegments } from '../segments.js';
import type { Twilio } from './client.js';
import { receiptOf } from './results.js';

export const TWILIO_WEBHOOK = '/api/webhooks/twilio/status';
/** The name of our ID in the URL of a callback, which Twilio signs. */
export const DELIVERY_PARAMETER = 'delivery';

/** Bounds of ValidityPeriod, in seconds. A message that waits longer in Twilio's queue is not sent. */
const VALIDITY = { min: 5, max: 36_000 };

const RESOURCE = z.object({
  sid: z.string().regex(/^(?:SM|MM|CA)[0-9a-f]{32}$/),
  status: z.string().max(40),
  error_code: z.number().int().nullish(),
});

/** Twilio does not reach these countries (twilio.com/docs/api/errors/30649). */
export const NOT_REACHED: readonly string[] = ['CU', 'IR', 'SY'];

/** The URL that Twilio reports to. Twilio takes no address such as localhost, so there is none without https. */
export const callbackUrl = (publicUrl: string, deliveryId: string): string | undefined =>
  publicUrl.startsWith('https://')
    ? `${publicUrl}${TWILIO_WEBHOOK}?${new URLSearchParams({ [DELIVERY_PARAMETER]: deliveryId })}`
    : undefined;

/** Sends our text by SMS (twilio.com/docs/messaging/api/message-resource, Create a Message). */
export function createTwilioSms(deps: {
  twilio: Twilio;
  /** A number or an alphanumeric sender. */
  from: string | undefined;
  messagingServiceSid: string | undefined;
  /** Undefined: nobody could check the signature of a callback. */
  publicUrl: string | undefined;
}): Channel | undefined {
  if ((deps.from ?? deps.messagingServiceSid) === undefined) return undefined;
  const { twilio, from, messagingServiceSid, publicUrl } = deps;
  const sender: [string, string] = from ? ['From', from] : ['MessagingServiceSid', messagingServiceSid ?? ''];
  return {
    name: 'twilio',
    serves: (country) => !NOT_REACHED.includes(country ?? ''),
    carriesNotifications: true,
    hasReceipts: true,
    isIdempotent: false, // the method takes no ID of ours
    async send({ phone, text, deliveryId, ttlSeconds }, signal) {
      const callback = publicUrl && callbackUrl(publicUrl, deliveryId);
      const form: [string, string][] = [
        ['To', phone],
        sender,
        ['Body', text],
        ...(callback ? [['StatusCallback', callback] as [string, string]] : []),
        ...(ttlSeconds === undefined ? [] : [['ValidityPeriod', validity(ttlSeconds)] as [string, string]]),
      ];
      const result = readSent(await twilio.call('Messages.json', form, signal));
      return result.outcome === 'accepted' ? { ...result, segments: countSegments(text).segments } : result;
    },
    receiptsOf: (ids) => receiptsOneByOne(ids, async (id, signal) => readReceipt(twilio, `Messages/${id}`, signal)),
  };
}

const validity = (seconds: number) => String(Math.min(VALIDITY.max, Math.max(VALIDITY.min, seconds)));

/** The answer to a new message or call. */
export function readSent(answer: { body: unknown } | Failed): SendResult {
  if (isFailed(answer)) return answer;
  const resource = RESOURCE.safeParse(answer.body).data;
  if (!resource) return failed('unknown', 'unreadable answer');
  const receipt = receiptOf(resource.status, resource.error_code ?? undefined);
  if (receipt?.failure) return failed(receipt.failure, receipt.detail ?? resource.status);
  return {
    outcome: 'accepted',
    providerId: resource.sid,
    ...(receipt?.status === 'SENT' || receipt?.status === 'DELIVERED' ? { status: receipt.status } : {}),
  };
}

/** Reads a message or a call. @returns undefined if Twilio does not know it, or does not answer */
export async function readReceipt(twilio: Twilio, path: string, signal: AbortSignal): Promise<Receipt | undefined> {
  const answer = await twilio.call(`${path}.json`, undefined, signal);
  const resource = isFailed(answer) ? undefined : RESOURCE.safeParse(answer.body).data;
  return resource && receiptOf(resource.status, resource.error_code ?? undefined);
}
