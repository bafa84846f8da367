import { z } from 'zod';
import type { IgnoredReason } from './webhook.js';

/** A text that somebody wrote to the gateway's own account. */
export interface IncomingText {
  instance: string;
  idMessage: string;
  sentAt: Date;
  /** As WhatsApp gives it: `<digits>@c.us`, or `<number>@lid` when the phone is hidden. */
  sender: string;
  chatId: string;
  text: string;
}

/** Part of a key: short, and nothing but visible characters. */
export const ID_MESSAGE = z.string().regex(/^[\x21-\x7e]{1,128}$/);

const forwardable = { forwardingScore: z.number().nullish(), isForwarded: z.boolean().nullish() };
const MESSAGE = z.object({
  /** Seconds since the epoch, until the year 2100: what is beyond is no time that a database could hold. */
  timestamp: z.coerce.number().min(0).max(4_102_444_800),
  idMessage: ID_MESSAGE,
  senderData: z.object({ sender: z.string(), chatId: z.string() }),
  messageData: z.object({
    typeMessage: z.string(),
    ...forwardable,
    textMessageData: z.object({ textMessage: z.string(), ...forwardable }).nullish(),
    extendedTextMessageData: z.object({ text: z.string().nullish(), ...forwardable }).nullish(),
  }),
});

interface Forwardable {
  forwardingScore?: number | null | undefined;
  isForwarded?: boolean | null | undefined;
}

/** A person, by phone or by hidden id; never a group, a channel or a status. */
const PERSON = /^([1-9]\d{6,14}@c\.us|\d{5,20}@lid)$/;

/** The message of an `incomingMessageReceived`, if it is one person's own text to us. */
export function readIncomingText(
  json: unknown,
  instance: string,
): IncomingText | { reason: IgnoredReason; typeMessage?: string } {
  const parsed = MESSAGE.safeParse(json);
  if (!parsed.success) return { reason: 'unknown_form' };
  const { messageData, senderData, timestamp, idMessage } = parsed.data;
  const { typeMessage, textMessageData, extendedTextMessageData } = messageData;
  const text = textOf(typeMessage, textMessageData?.textMessage, extendedTextMessageData?.text);
  if (text === undefined) return { reason: 'not_a_text', typeMessage };
  if ([messageData, textMessageData, extendedTextMessageData].some(isForwarded))
    return { reason: 'forwarded', typeMessage };
  const { sender, chatId } = senderData;
  const samePerson = sender === chatId || sender.endsWith('@lid') !== chatId.endsWith('@lid');
  if (!PERSON.test(sender) || !PERSON.test(chatId) || !samePerson) return { reason: 'not_one_to_one', typeMessage };
  return { instance, idMessage, sentAt: new Date(timestamp * 1000), sender, chatId, text };
}

/** The person's own words. For a reply (`quotedMessage`) they stand beside the quote; a reaction shares that place. */
function textOf(
  typeMessage: string,
  plain: string | undefined,
  extended: string | null | undefined,
): string | undefined {
  if (typeMessage === 'textMessage') return plain;
  if (typeMessage === 'extendedTextMessage' || typeMessage === 'quotedMessage') return extended ?? undefined;
  return undefined;
}

/** A forwarded login message is how a victim is made to sign somebody else in. */
function isForwarded(part: Forwardable | null | undefined): boolean {
  return part?.isForwarded === true || (part?.forwardingScore ?? 0) > 0;
}
