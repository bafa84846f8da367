import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Channel, type Failed, NO_CREDIT_ABROAD, type Receipt, type SendResult, failed } from '../channel.js';
import { isFailed } from '../http.js';
import { countSegments } from '../segments.js';
import type { Kavenegar } from './client.js';
import { receiptOf } from './results.js';

const ID = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((id) => /^\d{1,20}$/.test(id));
/** `message` is not read, because it contains the code. */
const SENT = z
  .array(
    z.object({
      messageid: ID,
      status: z.number().int(),
      cost: z.number().int().min(0).max(2_000_000_000).optional().catch(undefined),
    }),
  )
  .min(1);
const STATUSES = z.array(z.object({ messageid: ID, status: z.number().int() }));
/** Maximum of sms/status. */
const IDS_PER_REQUEST = 500;
const STATUS_TIMEOUT_MS = 5_000;

/**
 * Sends a code by an approved template (verify/lookup). Such a message has priority and also reaches phones that block
 * advertising. Returns undefined if no template is configured.
 */
export const createKavenegarVerify = (
  { template }: { template: string | undefined },
  { kavenegar }: { kavenegar: Kavenegar },
): Channel | undefined =>
  template
    ? createLookup({ name: 'kavenegar-verify', type: 'sms', template, serves: () => true }, kavenegar)
    : undefined;

/** Calls the phone and reads the template out, with the code (verify/lookup, type=call). See docs/decisions/0074. */
export const createKavenegarCall = (
  { callTemplate: template }: { callTemplate: string | undefined },
  { kavenegar }: { kavenegar: Kavenegar },
): Channel | undefined =>
  template
    ? createLookup({ name: 'kavenegar-call', type: 'call', template, serves: (country) => country === 'IR' }, kavenegar)
    : undefined;

function createLookup(
  { name, type, template, serves }: Pick<Channel, 'name' | 'serves'> & { type: 'sms' | 'call'; template: string },
  kavenegar: Kavenegar,
): Channel {
  return {
    name,
    home: 'IR',
    templatePage: 'https://panel.kavenegar.com',
    templateOf: ({ providerTemplate = template }) => providerTemplate,
    serves,
    carriesNotifications: false,
    hasReceipts: true,
    isIdempotent: false, // the method takes no ID of ours
    async send({ phone, code, providerTemplate = template }, signal) {
      const form = { receptor: receptorOf(phone), token: code, template: providerTemplate, type };
      const result = checkAbroad(phone, readSent(await kavenegar.call('verify/lookup', form, signal)));
      return result.outcome === 'accepted' ? { ...result, template: providerTemplate } : result;
    },
    receiptsOf: (ids) => receiptsOf(kavenegar, ids),
  };
}

/** Sends our own text from a line of the account (sms/send). Phones that block advertising do not receive it. */
export function createKavenegarSms(
  { sender }: { sender: string | undefined },
  { kavenegar }: { kavenegar: Kavenegar },
): Channel {
  return {
    name: 'kavenegar-sms',
    home: 'IR',
    serves: () => true,
    carriesNotifications: true,
    hasReceipts: true,
    isIdempotent: true, // Kavenegar sends each localid once
    async send({ deliveryId, phone, text }, signal) {
      const form = {
        receptor: receptorOf(phone),
        message: text,
        ...(sender ? { sender } : {}),
        localid: localIdOf(deliveryId),
        hide: '1',
      };
      const result = checkAbroad(phone, readSent(await kavenegar.call('sms/send', form, signal)));
      if (result.outcome === 'accepted') return { ...result, segments: countSegments(text).segments };
      // The localid makes it safe to repeat a message that may have been accepted.
      return { ...result, retry: result.retry || result.failure === 'channel_down' };
    },
    receiptsOf: (ids) => receiptsOf(kavenegar, ids),
  };
}

/**
 * For a phone abroad, 407 can mean that the account is not allowed to send abroad, and 418 that the credit is too small for
 * the higher price. The account still works for Iran.
 */
function checkAbroad(phone: string, result: SendResult): SendResult {
  if (result.outcome === 'failed' && result.detail === '418' && !phone.startsWith('+98'))
    return { ...result, detail: NO_CREDIT_ABROAD };
  const refused = result.outcome === 'failed' && result.detail === '407' && !phone.startsWith('+98');
  return refused ? failed('country_refused', '407') : result;
}

function readSent(answer: { entries: unknown } | Failed): SendResult {
  if (isFailed(answer)) return answer;
  const [entry] = SENT.safeParse(answer.entries).data ?? [];
  if (!entry) return failed('unknown', 'unreadable answer');
  const receipt = receiptOf(entry.status);
  if (receipt?.failure) return failed(receipt.failure, `status ${entry.status}`);
  return {
    outcome: 'accepted',
    providerId: entry.messageid,
    ...(receipt?.status === 'SENT' || receipt?.status === 'DELIVERED' ? { status: receipt.status } : {}),
    ...(entry.cost === undefined ? {} : { cost: entry.cost }),
  };
}

async function receiptsOf(kavenegar: Kavenegar, ids: string[]): Promise<Map<string, Receipt>> {
  const receipts = new Map<string, Receipt>();
  for (let from = 0; from < ids.length; from += IDS_PER_REQUEST) {
    const messageid = ids.slice(from, from + IDS_PER_REQUEST).join(',');
    const answer = await kavenegar.call('sms/status', { messageid }, AbortSignal.timeout(STATUS_TIMEOUT_MS));
    if (isFailed(answer)) continue; // the next poll asks again
    for (const entry of STATUSES.safeParse(answer.entries).data ?? []) {
      const receipt = receiptOf(entry.status);
      if (receipt) receipts.set(entry.messageid, receipt);
    }
  }
  return receipts;
}

/** The national form for Iran; `00` and the country code for other countries. */
function receptorOf(e164: string): string {
  return e164.startsWith('+98') ? `0${e164.slice(3)}` : `00${e164.slice(1)}`;
}

/**
 * Derives a localid, a positive 63-bit integer, from the ID of the delivery. The same delivery always gets the same
 * localid.
 */
export function localIdOf(deliveryId: string): string {
  const bits = createHash('sha256').update(deliveryId).digest().readBigUInt64BE() >> 1n;
  return String(bits || 1n);
}
