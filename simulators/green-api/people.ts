import { createHash } from 'node:crypto';

/** Phone digits behind a lid; the empty text for a person who hides them. */
export type People = Map<string, string>;

export const isLid = (chatId: string): boolean => chatId.endsWith('@lid');

/** Phone digits; a lid when there is no knowing them; of a group, its id. */
export function personOf(people: People, chatId: string): string {
  if (isLid(chatId)) return people.get(chatId) || chatId;
  return chatId.replace(/@c\.us$/, '');
}

/** How a person is called in the list of chats that a plan allows. */
export function chatOf(people: People, chatId: string): string {
  const person = personOf(people, chatId);
  return /^\d+$/.test(person) ? `${person}@c.us` : person;
}

/** The lid of a phone, always the same. One that is nobody's yet is written down. */
export function lidOf(people: People, digits: string): string {
  for (const [lid, phone] of people) if (phone === digits) return lid;
  const number = createHash('sha256').update(digits).digest().readUIntBE(0, 6);
  const lid = `1${String(number % 10 ** 14).padStart(14, '0')}@lid`;
  if (!people.has(lid)) people.set(lid, digits);
  return lid;
}
