import { z } from 'zod';
import type { IgnoredReason } from './ignored-reason.js';

/** A text that a user wrote to the gateway's WhatsApp account. */
export interface IncomingText {
  instance: string;
  idMessage: string;
  sentAt: Date;
  /** `<digits>@c.us`, or `<number>@lid` if WhatsApp hides the phone. */
  sender: string;
  chatId: string;
  text: string;
}

/** Part of a primary key: at most 128 visible ASCII characters. */
export const ID_MESSAGE = z.string().regex(/^[\x21-\x7e]{1,128}$/);

const forwardable = { forwardingScore: z.number().nullish(), isForwarded: z.boolean().nullish() };
const MESSAGE = z.object({
  /** Seconds since the epoch, up to the year 2100, because PostgreSQL cannot store every number as a time. */
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

/** One user, by phone or by hidden ID. Not a group, a channel or a status. */
const USER_CHAT = /^([1-9]\d{6,14}@c\.us|\d{5,20}@lid)$/;

/** Reads the message of an `incomingMessageReceived` webhook. Only a text that one user wrote to the account is accepted. */
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
  const sameUser = sender === chatId || sender.endsWith('@lid') !== chatId.endsWith('@lid');
  if (!USER_CHAT.test(sender) || !USER_CHAT.test(chatId) || !sameUser) return { reason: 'not_one_to_one', typeMessage };
  return { instance, idMessage, sentAt: new Date(timestamp * 1000), sender, chatId, text };
}

/** The text that the user wrote. A reply (`quotedMessage`) contains it next to the quoted text. */
function textOf(
  typeMessage: string,
  plain: string | undefined,
  extended: string | null | undefined,
): string | undefined {
  if (typeMessage === 'textMessage') return plain;
  if (typeMessage === 'extendedTextMessage' || typeMessage === 'quotedMessage') return extended ?? undefined;
  return undefined;
}

/** An attacker can make a victim forward a login message. That would sign the attacker in. */
function isForwarded(part: Forwardable | null | undefined): boolean {
  return part?.isForwarded === true || (part?.forwardingScore ?? 0) > 0;
}
