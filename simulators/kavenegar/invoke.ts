import type { Desk, KavenegarCall } from './fake-kavenegar.js';
import { actOf, isMethod } from './method.js';
import { printJson } from './print-json.js';
import { Refusal, type Result, wordingOf } from './results.js';

/** Does what is asked for, if this caller may. @returns the HTTP status, which is the result, and the envelope. */
export function invoke(desk: Desk, key: string, call: KavenegarCall): { status: Result; body: string } {
  try {
    return envelope(200, act(desk, key, call));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return envelope(error.result, null);
  }
}

export function envelope(result: Result, entries: object | null): { status: Result; body: string } {
  return { status: result, body: printJson({ return: { status: result, message: wordingOf(result) }, entries }) };
}

function act(desk: Desk, key: string, { method, http, form }: KavenegarCall): object {
  const { apiKey, disabled, addressMismatch } = desk.fake;
  if (method !== 'utils/getdate') {
    if (key !== apiKey) throw new Refusal(403);
    if (disabled) throw new Refusal(401);
    if (addressMismatch) throw new Refusal(416);
  }
  if (!isMethod(method)) throw new Refusal(404);
  if (http !== 'GET' && http !== 'POST') throw new Refusal(405);
  return actOf(method)(desk, form);
}
