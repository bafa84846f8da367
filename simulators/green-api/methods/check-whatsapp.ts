import { BadRequest, invalid, ok } from '../response.js';
import { type Instance, statusesOf } from '../instance.js';
import { isLid, lidOf, phoneOrLidOf } from '../lids.js';
import type { Handler } from './handler.js';
import { CHAT_ID_FORMATS } from './send-message.js';

/** A phone whose statuses contain `noAccount` has no WhatsApp account. An unknown lid has none either. */
export const checkWhatsapp: Handler = (instance, { body }) => {
  const asked = readQuestion(body);
  if (instance.state !== 'authorized') throw new BadRequest('instance is starting or not authorized');
  if ('lid' in asked) return ok(answerForLid(instance, asked.lid));
  const { digits, old } = asked;
  if (!exists(instance, digits)) return ok({ existsWhatsapp: false });
  if (old) return ok({ existsWhatsapp: true });
  return ok(existingAccount(instance, lidOf(instance.phonesByLid, digits), digits));
};

type Question = { lid: string } | { digits: string; old: boolean };

/** The old form of the body has `phoneNumber`, the new one `chatId`. */
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
    return { digits: checkLength(text), old: true };
  }
  if (typeof chatId !== 'string') throw invalid(CHAT_ID_FORMATS);
  if (/^\d+@lid$/.test(chatId)) return { lid: chatId };
  if (!/^\d+(@c\.us)?$/.test(chatId)) throw invalid(CHAT_ID_FORMATS);
  return { digits: checkLength(chatId.replace('@c.us', '')), old: false };
}

function checkLength(digits: string): string {
  if (digits.length < 11 || digits.length > 16) throw new BadRequest('bad phone number, valid from 11 to 16 digits');
  return digits;
}

const exists = (instance: Instance, phoneOrLid: string) => !statusesOf(instance, phoneOrLid).includes('noAccount');

function answerForLid(instance: Instance, lid: string): object {
  const phone = phoneOrLidOf(instance.phonesByLid, lid);
  if (!instance.phonesByLid.has(lid) || !exists(instance, phone)) return { existsWhatsapp: false };
  return existingAccount(instance, lid, isLid(phone) ? '' : phone);
}

/** `phoneNumber` is empty for a user who hides the phone, even if the request named it. */
function existingAccount({ phonesByLid }: Instance, lid: string, digits: string): object {
  const phone = phonesByLid.get(lid) === '' ? '' : digits;
  return { existsWhatsapp: true, chatId: lid, phoneNumber: phone && `${phone}@c.us` };
}
