import { ok } from '../answer.js';
import type { Handler } from './handler.js';

/** The first 500, texts and all. */
export const showMessagesQueue: Handler = ({ queue }) =>
  ok(queue.slice(0, 500).map(({ idMessage, body }) => ({ messageID: idMessage, type: 'sendMessage', body })));

export const clearMessagesQueue: Handler = ({ queue }) => {
  queue.length = 0;
  return ok({ isCleared: true });
};
