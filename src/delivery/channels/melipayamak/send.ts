import { z } from 'zod';
import { countSegments } from '../segments.js';
import { type Message, type SendResult, failed } from '../channel.js';
import { isFailed } from '../http.js';
import type { Melipayamak } from './client.js';
import { isDayInTehran, plainText } from './plain-text.js';
import { failureOf, isMessageId } from './results.js';

/** `recId` exceeds 2^53. `status` is free text, so it is not read. */
const SHARED = z.object({ recId: z.union([z.string(), z.number()]).transform(String) });

/** Failure of a message that the console API refuses without a reason. */
export const REFUSED_WITHOUT_CODE = 'refused without a code';

interface MelipayamakDeps {
  melipayamak: Melipayamak;
}

interface PatternMessage {
  message: Message;
  /** The number of the approved pattern. */
  bodyId: string;
  signal: AbortSignal;
}

/** Sends the code by an approved pattern, with the REST API. */
export async function sendPatternByRest(
  { message, bodyId, signal }: PatternMessage,
  { melipayamak }: MelipayamakDeps,
): Promise<SendResult> {
  const form = { text: message.code, to: nationalNumber(message.phone), bodyId };
  return readValue(await melipayamak.rest('BaseServiceNumber', form, signal));
}

/** Sends the code by an approved pattern, with the console API. */
export async function sendPatternByConsole(
  { message, bodyId, signal }: PatternMessage,
  { melipayamak }: MelipayamakDeps,
): Promise<SendResult> {
  const body = { bodyId: Number(bodyId), to: nationalNumber(message.phone), args: [message.code] };
  const answer = await melipayamak.console('send/shared', body, signal);
  if (isFailed(answer)) return answer;
  const recId = SHARED.safeParse(answer.body).data?.recId;
  if (recId === undefined) return failed('unknown', 'unreadable answer');
  return /^[1-9]\d*$/.test(recId)
    ? { outcome: 'accepted', providerId: recId }
    : failed('unknown', REFUSED_WITHOUT_CODE);
}

/** Sends our own text from a line of the account, by day only. */
export async function sendPlain(
  { message, sender, signal }: { message: Message; sender: string; signal: AbortSignal },
  { melipayamak, now }: MelipayamakDeps & { now: () => Date },
): Promise<SendResult> {
  if (!isDayInTehran(now())) return failed('sender_rejected', 'night in Tehran: a plain text would not arrive');
  const plain = plainText(message.text);
  if (!plain) return failed('template_rejected', 'a link in a plain text');
  const form = { to: nationalNumber(message.phone), from: sender, text: plain, isFlash: 'false' };
  const result = readValue(await melipayamak.rest('SendSMS', form, signal));
  return result.outcome === 'accepted' ? { ...result, segments: countSegments(plain).segments } : result;
}

function readValue(answer: Awaited<ReturnType<Melipayamak['rest']>>): SendResult {
  if (isFailed(answer)) return answer;
  return isMessageId(answer.value) ? { outcome: 'accepted', providerId: answer.value } : failureOf(answer.value);
}

/** `09…` with Latin digits, the only form that Melipayamak accepts. */
function nationalNumber(e164: string): string {
  return `0${e164.slice(3)}`;
}
