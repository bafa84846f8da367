import type { IncomingMessage } from 'node:http';
import { type Answer, ok, readJsonObject } from './answer.js';
import { emit } from './events.js';
import type { Instance } from './instance.js';
import { type Incoming, receiveMessage } from './receive-message.js';

/**
 * What is not of the API but of the simulator: `POST /_receive` {from, text} is a person writing to the instance,
 * `POST /_inject` sends its body as a webhook, `GET /_messages` tells all that was sent.
 */
export function answerDeveloper(
  instance: Instance,
  { method, url }: IncomingMessage,
  text: string,
): Answer | undefined {
  if (method === 'POST' && url === '/_inject') {
    emit(instance, text);
    return ok({ result: true });
  }
  if (method === 'POST' && url === '/_receive')
    return ok({ idMessage: receiveMessage(instance, readJsonObject(text) as unknown as Incoming) });
  if (method === 'GET' && url === '/_messages') return ok(instance.messages);
  return undefined;
}
