import { createHash } from 'node:crypto';

/** Phone digits by lid (WhatsApp's hidden ID). An empty string for a user who hides the phone. */
export type PhonesByLid = Map<string, string>;

export const isLid = (chatId: string): boolean => chatId.endsWith('@lid');

/** The phone digits of a chat, its lid if the phone is hidden, or the ID of a group. */
export function phoneOrLidOf(phonesByLid: PhonesByLid, chatId: string): string {
  if (isLid(chatId)) return phonesByLid.get(chatId) || chatId;
  return chatId.replace(/@c\.us$/, '');
}

/** The name of a chat in the list of chats that a plan allows. */
export function chatOf(phonesByLid: PhonesByLid, chatId: string): string {
  const id = phoneOrLidOf(phonesByLid, chatId);
  return /^\d+$/.test(id) ? `${id}@c.us` : id;
}

/** The lid of a phone, always the same. Adds it to `phonesByLid` if it is new. */
export function lidOf(phonesByLid: PhonesByLid, digits: string): string {
  for (const [lid, phone] of phonesByLid) if (phone === digits) return lid;
  const number = createHash('sha256').update(digits).digest().readUIntBE(0, 6);
  const lid = `1${String(number % 10 ** 14).padStart(14, '0')}@lid`;
  if (!phonesByLid.has(lid)) phonesByLid.set(lid, digits);
  return lid;
}
