import { BadRequest, ok } from '../response.js';
import { type Instance, secondsNow } from '../instance.js';
import { type JournalRecord, newestFirst } from '../journal.js';
import type { ApiRequest } from '../read-path.js';
import type { Handler } from './handler.js';

const DAY_MINUTES = 1440;

function lastMessages(type: JournalRecord['type'], instance: Instance, { query }: ApiRequest) {
  const since = secondsNow(instance) - Number(query.get('minutes') ?? DAY_MINUTES) * 60;
  const records = instance.journal.filter((record) => record.type === type && record.timestamp >= since);
  return ok(newestFirst(records));
}

export const lastIncomingMessages: Handler = (instance, request) => lastMessages('incoming', instance, request);

export const lastOutgoingMessages: Handler = (instance, request) => lastMessages('outgoing', instance, request);

/** The answer for an unknown message is not documented. */
export const getMessage: Handler = ({ journal }, { body: { chatId, idMessage } }) => {
  const record = journal.find((entry) => entry.chatId === chatId && entry.idMessage === idMessage);
  if (!record) throw new BadRequest('Message not found by id');
  return ok(record);
};

export const getChatHistory: Handler = ({ journal }, { body: { chatId, count = 100 } }) =>
  ok(newestFirst(journal.filter((record) => record.chatId === chatId)).slice(0, Number(count)));
