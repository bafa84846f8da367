import { findMethod } from './method-table.js';
import { printJson } from './print-json.js';
import { Refusal, type Result, wordingOf } from './results.js';
import type { Context, KavenegarCall } from './simulator.js';

/** Runs a method if this key may call it. @returns the HTTP status, which repeats the result, and the envelope */
export function callMethod(key: string, call: KavenegarCall, context: Context): { status: Result; body: string } {
  try {
    return envelope(200, entriesOf(key, call, context));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return envelope(error.result, null);
  }
}

export function envelope(result: Result, entries: object | null): { status: Result; body: string } {
  return { status: result, body: printJson({ return: { status: result, message: wordingOf(result) }, entries }) };
}

function entriesOf(key: string, { method, http, form }: KavenegarCall, context: Context): object {
  const { apiKey, disabled, addressMismatch } = context.simulator;
  if (method !== 'utils/getdate') {
    if (key !== apiKey) throw new Refusal(403);
    if (disabled) throw new Refusal(401);
    if (addressMismatch) throw new Refusal(416);
  }
  const run = findMethod(method);
  if (!run) throw new Refusal(404);
  if (http !== 'GET' && http !== 'POST') throw new Refusal(405);
  return run(context, form);
}
