import type { Instance } from './instance.js';
import { METHODS } from './method-table.js';
import { HANDLERS } from './methods/handlers.js';
import type { ApiPath } from './read-path.js';
import { type Answer, BadRequest, readJsonObject } from './response.js';

const MAX_BODY_BYTES = 100 * 1024;
const TOO_LARGE: Answer = { status: 500, body: { statusCode: 500, message: 'request entity too large' } };

/** Runs a method of the API if its body is valid and the plan has calls of this method left. */
export async function callMethod(path: ApiPath, text: string, instance: Instance): Promise<Answer> {
  const { method } = path;
  if (Buffer.byteLength(text) > MAX_BODY_BYTES) return TOO_LARGE;
  try {
    const body = METHODS[method].verb === 'POST' ? readJsonObject(text) : {};
    const invokeStatus = instance.usage.spend(method);
    if (invokeStatus.status === 'QUOTE_EXCEEDED') return { status: 466, body: { invokeStatus } };
    return await HANDLERS[method](instance, { body, query: path.query, receiptId: path.receiptId });
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    const timestamp = new Date(instance.clock.now()).toISOString();
    // As in the real API, the path contains the token.
    return { status: 400, body: { statusCode: 400, timestamp, path: path.whole, message: error.message } };
  }
}
