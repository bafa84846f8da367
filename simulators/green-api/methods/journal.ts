import { BadRequest, ok } from '../answer.js';
import { type Instance, secondsNow } from '../instance.js';
import { type JournalRecord, newestFirst } from '../journal.js';
import type { ApiRequest } from '../request.js';
import type { Handler } from './handler.js';

const DAY_MINUTES = 1440;

function last(type: JournalRecord['type'], instance: Instance, { query }: ApiRequest) {
  const since = secondsNow(instance) - Number(query.get('minutes') ?? DAY_MINUTES) * 60;
  const records = instance.journal.filter((record) => record.type === type && record.timestamp >= since);
  return ok(newestFirst(records));
}

export const lastIncomingMessages: Handler = (instance, request) => last('incoming', instance, request);

export const lastOutgoingMessages: Handler = (instance, request) => last('outgoing', instance, request);

/** How an unknown message is refused is not documented. */
export const getMessage: Handler = ({ journal }, { body: { chatId, idMessage } }) => {
  const record = journal.find((one) => one.chatId === chatId && one.idMessage === idMessage);
  if (!record) throw new BadRequest('Message not found by id');
  return ok(record);
};

export const getChatHistory: Handler = ({ journal }, { body: { chatId, count = 100 } }) =>
  ok(newestFirst(journal.filter((record) => record.chatId === chatId)).slice(0, Number(count)));
