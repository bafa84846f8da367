import { z } from 'zod';

/**
 * What a Green API webhook says, as far as it concerns us. Formats: Green API's documentation, "Notifications format";
 * every other type, and everything that is not in the form we know, is ignored with a reason.
 */
export type WebhookEvent =
  | { kind: 'message'; message: IncomingText }
  | { kind: 'ignored'; reason: IgnoredReason; typeWebhook?: string; typeMessage?: string };

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

export type IgnoredReason =
  | 'not_json'
  | 'unknown_form'
  | 'other_instance'
  | 'other_number'
  | 'not_an_incoming_message'
  | 'not_a_text'
  | 'forwarded'
  | 'not_one_to_one';

const forwardable = { forwardingScore: z.number().nullish(), isForwarded: z.boolean().nullish() };
const EVENT = z.object({
  typeWebhook: z.string(),
  instanceData: z
    .object({ idInstance: z.union([z.number(), z.string()]).transform(String), wid: z.string().nullish() })
    .optional(),
});
const MESSAGE = z.object({
  /** Seconds since the epoch, until the year 2100: what is beyond is no time that a database could hold. */
  timestamp: z.coerce.number().min(0).max(4_102_444_800),
  /** Part of a key: short, and nothing but visible characters. */
  idMessage: z.string().regex(/^[\x21-\x7e]{1,128}$/),
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

export function readWebhook(
  body: string,
  ours: { idInstance: string | undefined; number: string | undefined },
): WebhookEvent {
  let json: unknown;
  try {
    json = JSON.parse(body.replace(/^\uFEFF/, ''));
  } catch {
    return { kind: 'ignored', reason: 'not_json' };
  }
  const event = EVENT.safeParse(json);
  if (!event.success) return { kind: 'ignored', reason: 'unknown_form' };
  const { typeWebhook, instanceData } = event.data;
  const ignored = (reason: IgnoredReason, typeMessage?: string): WebhookEvent => ({
    kind: 'ignored',
    reason,
    typeWebhook: typeWebhook.slice(0, 64),
    ...(typeMessage ? { typeMessage: typeMessage.slice(0, 64) } : {}),
  });
  // The operator's own messages come as outgoing kinds: they must never sign anybody in.
  if (typeWebhook !== 'incomingMessageReceived') return ignored('not_an_incoming_message');
  if (!instanceData || (ours.idInstance && instanceData.idInstance !== ours.idInstance))
    return ignored('other_instance');
  const wid = instanceData.wid?.replace(/@.*$/, '');
  if (wid && ours.number && wid !== ours.number) return ignored('other_number');

  const parsed = MESSAGE.safeParse(json);
  if (!parsed.success) return ignored('unknown_form');
  const { messageData, senderData, timestamp, idMessage } = parsed.data;
  const { typeMessage, textMessageData, extendedTextMessageData } = messageData;
  const text = textOf(typeMessage, textMessageData?.textMessage, extendedTextMessageData?.text);
  if (text === undefined) return ignored('not_a_text', typeMessage);
  if ([messageData, textMessageData, extendedTextMessageData].some(isForwarded))
    return ignored('forwarded', typeMessage);
  const { sender, chatId } = senderData;
  const samePerson = sender === chatId || sender.endsWith('@lid') !== chatId.endsWith('@lid');
  if (!PERSON.test(sender) || !PERSON.test(chatId) || !samePerson) return ignored('not_one_to_one', typeMessage);
  return {
    kind: 'message',
    message: { instance: instanceData.idInstance, idMessage, sentAt: new Date(timestamp * 1000), sender, chatId, text },
  };
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
