import { type Answer, BadRequest, readJsonObject } from './answer.js';
import type { Instance } from './instance.js';
import { METHODS, type Method } from './method.js';
import { HANDLERS } from './methods/handlers.js';
import type { ApiPath } from './request.js';

const LARGEST_BODY = 100 * 1024;
const TOO_LARGE: Answer = { status: 500, body: { statusCode: 500, message: 'request entity too large' } };

/** Lets the instance act, if the body is good and its plan still has calls of this method. */
export async function invoke(instance: Instance, method: Method, path: ApiPath, text: string): Promise<Answer> {
  if (Buffer.byteLength(text) > LARGEST_BODY) return TOO_LARGE;
  try {
    const body = METHODS[method].verb === 'POST' ? readJsonObject(text) : {};
    const invokeStatus = instance.usage.spend(method);
    if (invokeStatus.status === 'QUOTE_EXCEEDED') return { status: 466, body: { invokeStatus } };
    return await HANDLERS[method](instance, { body, query: path.query, receiptId: path.receiptId });
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    const timestamp = new Date(instance.clock.now()).toISOString();
    // The path holds the token: whoever logs this answer whole has told it.
    return { status: 400, body: { statusCode: 400, timestamp, path: path.whole, message: error.message } };
  }
}
