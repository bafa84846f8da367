import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Channel, type Failed, type Receipt, type SendResult, failed } from '../channel.js';
import { isFailed } from '../http.js';
import { countSegments } from '../../templates/segments.js';
import type { Kavenegar } from './client.js';
import { receiptOf } from './results.js';

const ID = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((id) => /^\d{1,20}$/.test(id));
/** `message` is left out on purpose: it holds the code. */
const SENT = z
  .array(
    z.object({
      messageid: ID,
      status: z.number().int(),
      cost: z.number().int().min(0).max(2_000_000_000).optional().catch(undefined),
    }),
  )
  .min(1);
const STATES = z.array(z.object({ messageid: ID, status: z.number().int() }));
/** sms/status takes no more at once. */
const IDS_A_CALL = 500;
const STATUS_TIMEOUT_MS = 5_000;

/** By an approved template, with priority and past the block-lists (verify/lookup). Absent without a template. */
export function createKavenegarVerify(
  kavenegar: Kavenegar,
  { template }: { template: string | undefined },
): Channel | undefined {
  if (!template) return undefined;
  return {
    name: 'kavenegar-verify',
    serves: () => true,
    carriesNotices: false,
    hasReceipts: true,
    isIdempotent: false, // it has no id of ours
    async send({ phone, code, providerTemplate = template }, signal) {
      const form = { receptor: receptorOf(phone), token: code, template: providerTemplate, type: 'sms' };
      const result = abroad(phone, readSent(await kavenegar.call('verify/lookup', form, signal)));
      return result.outcome === 'accepted' ? { ...result, template: providerTemplate } : result;
    },
    receiptsOf: (ids) => receiptsOf(kavenegar, ids),
  };
}

/** Our own text from a line of the account (sms/send): weaker, as people can block such lines. */
export function createKavenegarSms(kavenegar: Kavenegar, { sender }: { sender: string | undefined }): Channel {
  return {
    name: 'kavenegar-sms',
    serves: () => true,
    carriesNotices: true,
    hasReceipts: true,
    isIdempotent: true, // a localid that was sent before is not sent again
    async send({ deliveryId, phone, text }, signal) {
      const form = {
        receptor: receptorOf(phone),
        message: text,
        ...(sender ? { sender } : {}),
        localid: localIdOf(deliveryId),
        hide: '1',
      };
      const result = abroad(phone, readSent(await kavenegar.call('sms/send', form, signal)));
      if (result.outcome === 'accepted') return { ...result, segments: countSegments(text).segments };
      // With an id of ours, even a message that may have been taken can be sent again.
      return { ...result, retry: result.retry || result.failure === 'channel_down' };
    },
    receiptsOf: (ids) => receiptsOf(kavenegar, ids),
  };
}

/** 407 also means that the account may not send abroad: nothing against the account, which goes on sending at home. */
function abroad(phone: string, result: SendResult): SendResult {
  const refused = result.outcome === 'failed' && result.detail === '407' && !phone.startsWith('+98');
  return refused ? failed('not_on_channel', '407') : result;
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
  for (let from = 0; from < ids.length; from += IDS_A_CALL) {
    const messageid = ids.slice(from, from + IDS_A_CALL).join(',');
    const answer = await kavenegar.call('sms/status', { messageid }, AbortSignal.timeout(STATUS_TIMEOUT_MS));
    if (isFailed(answer)) continue; // asked again later
    for (const entry of STATES.safeParse(answer.entries).data ?? []) {
      const receipt = receiptOf(entry.status);
      if (receipt) receipts.set(entry.messageid, receipt);
    }
  }
  return receipts;
}

/** National for Iran, `00` before everything else. */
export function receptorOf(e164: string): string {
  return e164.startsWith('+98') ? `0${e164.slice(3)}` : `00${e164.slice(1)}`;
}

/** 63 bits of the delivery's id, since a localid is a Long: the same delivery always gets the same. */
export function localIdOf(deliveryId: string): string {
  const bits = createHash('sha256').update(deliveryId).digest().readBigUInt64BE() >> 1n;
  return String(bits || 1n);
}
