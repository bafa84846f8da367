import { BadRequest, invalid, ok } from '../response.js';
import { emitQuotaExceeded } from '../events.js';
import { newIdMessage } from '../instance.js';
import { chatOf } from '../lids.js';
import { drainQueue } from '../send-queue.js';
import type { Handler } from './handler.js';

const KEYS = new Set([
  'chatId',
  'message',
  'quotedMessageId',
  'linkPreview',
  'typePreview',
  'customPreview',
  'typingTime',
]);
export const CHAT_ID = /^(\d+@c\.us|[\d-]+@g\.us|\d+@lid)$/;
export const CHAT_ID_FORMATS =
  "'chatId' must be one of the next formats: 'phone_number@c.us' or 'group_id@g.us' or 'chat_id@lid'";

/** Puts a message into the queue. As in the real API, neither the state of the instance nor the chat is checked here. */
export const sendMessage: Handler = (instance, { body }) => {
  const { queue, clock, usage, phonesByLid } = instance;
  const { chatId, message } = readMessage(body);
  if (instance.state === null) throw new BadRequest('instance in starting process try later');
  const exceeded = usage.admit(chatOf(phonesByLid, chatId));
  if (exceeded) {
    emitQuotaExceeded(instance, exceeded);
    const correspondentsStatus = { ...exceeded, status: 'CORRESPONDENTS_QUOTE_EXCEEDED' };
    return { status: 466, body: { invokeStatus: usage.read('sendmessage'), correspondentsStatus } };
  }
  const idMessage = newIdMessage('3EB0');
  queue.push({ idMessage, at: clock.now(), body: { ...body, chatId, message } });
  drainQueue(instance);
  return ok({ idMessage });
};

function readMessage(body: Record<string, unknown>): { chatId: string; message: string } {
  const { chatId, message, typingTime } = body;
  const unknown = Object.keys(body).find((key) => !KEYS.has(key));
  if (chatId === undefined) throw invalid("'chatId' is required");
  if (typeof chatId !== 'string' || !CHAT_ID.test(chatId)) throw invalid(CHAT_ID_FORMATS);
  if (message === undefined) throw invalid("'message' is required");
  if (typeof message !== 'string') throw invalid("'message' must be a string");
  if (message === '') throw invalid("'message' is not allowed to be empty");
  if (message.length > 20_000) throw invalid("'message' length must be less than or equal to 20000 characters long");
  if (typingTime !== undefined && !(Number(typingTime) >= 1000 && Number(typingTime) <= 20_000))
    throw invalid("'typingTime' must be between 1000 and 20000");
  if (unknown !== undefined) throw invalid(`'${unknown}' is not allowed`);
  return { chatId, message };
}
