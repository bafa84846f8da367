import { z } from 'zod';
import type { Config } from '../../../config/config.js';
import { countSegments } from '../../templates/segments.js';
import { type Channel, type Message, type Receipt, type SendResult, failed } from '../channel.js';
import { isFailed } from '../http.js';
import { type Melipayamak, createMelipayamak } from './client.js';
import { isDayInTehran, plainText } from './plain-text.js';
import { failureOf, isMessageId, receiptOf } from './results.js';

/** `recId` exceeds 2^53; `status` is free text and says nothing. */
const SHARED = z.object({ recId: z.union([z.string(), z.number()]).transform(String) });
const STATES = z.object({ resultsAsCode: z.array(z.union([z.string(), z.number()]).transform(String)) });
/** receive/status takes no more at once. */
const IDS_A_CALL = 100;
/** GetDeliveries2 takes one id a call. */
const CALLS_AT_ONCE = 20;
const STATUS_TIMEOUT_MS = 5_000;

/** The console says no, and not why. */
const REFUSED = 'refused without a code';
/** What our plain text may mend: the approved text, its line or its place in the account. */
const PLAIN_MAY_HELP = new Set(['template_rejected', 'sender_rejected']);

/**
 * Melipayamak, for Iranian numbers. By an approved pattern from a service line (console `send/shared` with a token, else
 * BaseServiceNumber); where that is refused or not configured, our own text from a line of ours, by day only.
 *
 * Absent without a way to send.
 */
export function createMelipayamakChannel(
  config: Config['melipayamak'],
  now: () => Date = () => new Date(),
): Channel | undefined {
  const { username, password, consoleToken, sender, bodyId } = config;
  const hasRest = username !== undefined && password !== undefined;
  const hasPattern = bodyId !== undefined && (hasRest || consoleToken !== undefined);
  const plainSender = hasRest ? sender : undefined;
  if (!hasPattern && !plainSender) return undefined;
  const melipayamak = createMelipayamak(config);
  const byConsole = consoleToken !== undefined && bodyId !== undefined;

  return {
    name: 'melipayamak',
    serves: (country) => country === 'IR',
    carriesNotices: false,
    hasReceipts: true,
    isIdempotent: false,
    async send(message, signal) {
      if (!hasPattern) return sendPlain(message, signal);
      const pattern = message.providerTemplate ?? bodyId;
      const result = byConsole
        ? await sendShared(melipayamak, message, pattern, signal)
        : await sendPattern(melipayamak, message, pattern, signal);
      if (result.outcome === 'accepted') return { ...result, template: pattern };
      const mayHelp = PLAIN_MAY_HELP.has(result.failure) || result.detail === REFUSED;
      const plain = plainSender && mayHelp ? await sendPlain(message, signal) : undefined;
      return plain?.outcome === 'accepted' ? plain : result; // else why the better way failed
    },
    async receiptsOf(ids) {
      const receipts = byConsole ? await sharedReceipts(melipayamak, ids) : new Map<string, Receipt>();
      // Plain texts went by REST, also where patterns go by the console.
      const others = hasRest ? ids.filter((id) => !receipts.has(id)) : [];
      return new Map([...receipts, ...(await restReceipts(melipayamak, others))]);
    },
  };

  async function sendPlain({ phone, text }: Message, signal: AbortSignal): Promise<SendResult> {
    if (!isDayInTehran(now())) return failed('sender_rejected', 'night in Tehran: a plain text would not arrive');
    const plain = plainText(text);
    if (!plain) return failed('template_rejected', 'a link in a plain text');
    const form = { to: nationalNumber(phone), from: plainSender ?? '', text: plain, isFlash: 'false' };
    const result = readValue(await melipayamak.rest('SendSMS', form, signal));
    return result.outcome === 'accepted' ? { ...result, segments: countSegments(plain).segments } : result;
  }
}

async function sendPattern(
  melipayamak: Melipayamak,
  { phone, code }: Message,
  bodyId: string,
  signal: AbortSignal,
): Promise<SendResult> {
  return readValue(
    await melipayamak.rest('BaseServiceNumber', { text: code, to: nationalNumber(phone), bodyId }, signal),
  );
}

async function sendShared(
  melipayamak: Melipayamak,
  { phone, code }: Message,
  bodyId: string,
  signal: AbortSignal,
): Promise<SendResult> {
  const body = { bodyId: Number(bodyId), to: nationalNumber(phone), args: [code] };
  const answer = await melipayamak.console('send/shared', body, signal);
  if (isFailed(answer)) return answer;
  const recId = SHARED.safeParse(answer.body).data?.recId;
  if (recId === undefined) return failed('unknown', 'unreadable answer');
  return /^[1-9]\d*$/.test(recId) ? { outcome: 'accepted', providerId: recId } : failed('unknown', REFUSED);
}

function readValue(answer: Awaited<ReturnType<Melipayamak['rest']>>): SendResult {
  if (isFailed(answer)) return answer;
  return isMessageId(answer.value) ? { outcome: 'accepted', providerId: answer.value } : failureOf(answer.value);
}

async function sharedReceipts(melipayamak: Melipayamak, ids: string[]): Promise<Map<string, Receipt>> {
  const receipts = new Map<string, Receipt>();
  for (let from = 0; from < ids.length; from += IDS_A_CALL) {
    const recIds = ids.slice(from, from + IDS_A_CALL);
    const answer = await melipayamak.console('receive/status', { recIds }, AbortSignal.timeout(STATUS_TIMEOUT_MS));
    const states = isFailed(answer) ? [] : (STATES.safeParse(answer.body).data?.resultsAsCode ?? []);
    if (states.length !== recIds.length) continue; // in the order asked, or of no use
    for (const [index, id] of recIds.entries()) remember(receipts, id, states[index]);
  }
  return receipts;
}

async function restReceipts(melipayamak: Melipayamak, ids: string[]): Promise<Map<string, Receipt>> {
  const receipts = new Map<string, Receipt>();
  for (let from = 0; from < ids.length; from += CALLS_AT_ONCE) {
    await Promise.all(
      ids.slice(from, from + CALLS_AT_ONCE).map(async (id) => {
        const signal = AbortSignal.timeout(STATUS_TIMEOUT_MS);
        const answer = await melipayamak.rest('GetDeliveries2', { recId: id }, signal);
        if (!isFailed(answer) && answer.isOk) remember(receipts, id, answer.value); // "0" is also a wrong password
      }),
    );
  }
  return receipts;
}

function remember(receipts: Map<string, Receipt>, id: string, status: string | undefined): void {
  const receipt = status === undefined ? undefined : receiptOf(status);
  if (receipt) receipts.set(id, receipt);
}

/** `09…` with Latin digits; anything else is refused. */
function nationalNumber(e164: string): string {
  return `0${e164.slice(3)}`;
}
