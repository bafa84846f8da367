import { type Answer, BadRequest, invalid, ok } from '../response.js';
import type { Handler } from './handler.js';

const WEBHOOK_SET: Answer = {
  status: 400,
  body: {
    code: 'INVALID_PARAM',
    message:
      'Message cannot be received because custom webhook url is set. For using this method you need to clear the webhook url.',
    status: 'error',
  },
};

/** Waits for an event, 5 s by default. Returns the same event until it is deleted, and `null` if there is none. */
export const receiveNotification: Handler = async ({ outbox, settings }, { query }) => {
  if (settings.webhookUrl !== '') return WEBHOOK_SET;
  const seconds = Number(query.get('receiveTimeout') ?? 5);
  if (!(seconds >= 5 && seconds <= 60)) throw invalid("'receiveTimeout' must be between 5 and 60");
  const event = await outbox.wait(seconds * 1000);
  return ok(event ? { receiptId: event.receiptId, body: JSON.parse(event.text) as unknown } : null);
};

export const deleteNotification: Handler = ({ outbox }, { receiptId = '' }) => {
  if (!/^\d+$/.test(receiptId)) throw new BadRequest('Parameter receiptId must be a Number!');
  return ok({ result: outbox.remove(Number(receiptId)) });
};
