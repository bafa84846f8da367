import type { IncomingMessage } from 'node:http';
import { emit } from './events.js';
import type { Instance } from './instance.js';
import { type Incoming, receiveMessage } from './receive-message.js';
import { type Answer, ok, readJsonObject } from './response.js';

/**
 * Routes that control the simulator over HTTP, in addition to the API: `POST /_receive` with `{ from, text }` makes a
 * user write to the instance, `POST /_inject` sends its body as a webhook, `GET /_messages` lists the sent messages.
 */
export function handleControlRequest(
  { method, url }: IncomingMessage,
  body: string,
  instance: Instance,
): Answer | undefined {
  if (method === 'POST' && url === '/_inject') {
    emit(instance, body);
    return ok({ result: true });
  }
  if (method === 'POST' && url === '/_receive')
    return ok({ idMessage: receiveMessage(instance, readJsonObject(body) as unknown as Incoming) });
  if (method === 'GET' && url === '/_messages') return ok(instance.messages);
  return undefined;
}
