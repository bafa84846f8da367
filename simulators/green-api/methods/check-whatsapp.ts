import { BadRequest, invalid, ok } from '../answer.js';
import { type Instance, fateOf } from '../instance.js';
import { isLid, lidOf, personOf } from '../people.js';
import type { Handler } from './handler.js';
import { CHAT_ID_FORMATS } from './send-message.js';

/** Who has the fate `noAccount` does not exist, nor does a lid that is nobody's. */
export const checkWhatsapp: Handler = (instance, { body }) => {
  const asked = readQuestion(body);
  if (instance.state !== 'authorized') throw new BadRequest('instance is starting or not authorized');
  if ('lid' in asked) return ok(tellLid(instance, asked.lid));
  const { digits, old } = asked;
  if (!exists(instance, digits)) return ok({ existsWhatsapp: false });
  if (old) return ok({ existsWhatsapp: true });
  return ok(tell(instance, lidOf(instance.people, digits), digits));
};

type Question = { lid: string } | { digits: string; old: boolean };

/** The old body asks by `phoneNumber`, the new one by `chatId`. */
function readQuestion(body: Record<string, unknown>): Question {
  const { chatId, phoneNumber, ...others } = body;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw invalid(`'${unknown}' is not allowed`);
  if (chatId === undefined && phoneNumber === undefined) throw invalid("'value' must have at least 1 key");
  if (chatId !== undefined && phoneNumber !== undefined)
    throw invalid("'value' contains a conflict between exclusive peers [chatId, phoneNumber]");
  if (chatId === undefined) {
    const text = typeof phoneNumber === 'number' || typeof phoneNumber === 'string' ? String(phoneNumber) : '';
    if (!/^\d+$/.test(text)) throw invalid("Wrong format. 'phoneNumber' must contain only digits");
    return { digits: ofGoodLength(text), old: true };
  }
  if (typeof chatId !== 'string') throw invalid(CHAT_ID_FORMATS);
  if (/^\d+@lid$/.test(chatId)) return { lid: chatId };
  if (!/^\d+(@c\.us)?$/.test(chatId)) throw invalid(CHAT_ID_FORMATS);
  return { digits: ofGoodLength(chatId.replace('@c.us', '')), old: false };
}

function ofGoodLength(digits: string): string {
  if (digits.length < 11 || digits.length > 16) throw new BadRequest('bad phone number, valid from 11 to 16 digits');
  return digits;
}

const exists = (instance: Instance, person: string) => !fateOf(instance, person).includes('noAccount');

function tellLid(instance: Instance, lid: string): object {
  const person = personOf(instance.people, lid);
  if (!instance.people.has(lid) || !exists(instance, person)) return { existsWhatsapp: false };
  return tell(instance, lid, isLid(person) ? '' : person);
}

/** `phoneNumber` is empty for a person who hides it, also when it is the phone that was asked about. */
function tell({ people }: Instance, lid: string, digits: string): object {
  const phone = people.get(lid) === '' ? '' : digits;
  return { existsWhatsapp: true, chatId: lid, phoneNumber: phone && `${phone}@c.us` };
}
