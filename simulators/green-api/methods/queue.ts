import { ok } from '../response.js';
import type { Handler } from './handler.js';

/** Lists the first 500 messages with their texts. */
export const showMessagesQueue: Handler = ({ queue }) =>
  ok(queue.slice(0, 500).map(({ idMessage, body }) => ({ messageID: idMessage, type: 'sendMessage', body })));

export const clearMessagesQueue: Handler = ({ queue }) => {
  queue.length = 0;
  return ok({ isCleared: true });
};
