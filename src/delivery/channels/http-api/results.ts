import {
  type Failed,
  type Receipt,
  type ReceiptStatus,
  type SendFailure,
  type SendResult,
  failed,
} from '../channel.js';
import type { Answer } from '../http.js';
import { failureOfStatus } from '../http-status.js';
import type { HttpDefinition } from './definition.js';
import { type Values, fillPointer } from './fill-in.js';
import { parseAnswer, textAt } from './read-value.js';

/** A code of the provider that may be stored: short, and no long number, which could be the code or the phone. */
const CODE = /^(?!.*\d{4})[\w.-]{1,32}$/;
const ID = /^[\x21-\x7e]{1,128}$/;

/**
 * Reads the answer to a message; `values` are those of its request. Nothing of it is stored but the ID of the message and
 * a short code.
 */
export function resultOf(
  { status, text }: Answer,
  { success, errors, id }: HttpDefinition['send'],
  values: Values,
): SendResult {
  const body = parseAnswer(text);
  const at = (pointer: string) => textAt(body, fillPointer(pointer, values));
  const refused = refusalIn({ status, text }, errors, values);
  if (refused) return refused;
  const isOk = success.status ? success.status.includes(status) : status >= 200 && status <= 299;
  if (!isOk) return failureOfStatus(status);
  if (success.pointer !== undefined) {
    const value = at(success.pointer);
    // A page of a proxy, or half an answer: the provider may have sent the message.
    if (value === undefined) return failed('unknown', 'unreadable answer');
    if (success.equals && !success.equals.includes(value))
      return failed('unknown', CODE.test(value) ? `code ${value}` : `HTTP ${status}`);
  }
  const providerId = id === undefined ? null : idAt(body, fillPointer(id, values));
  if (providerId === undefined) return failed('unknown', 'unreadable answer');
  return { outcome: 'accepted', providerId };
}

/** The ID of a message in an answer or a report. Undefined: there is none that could be stored. */
export function idAt(value: unknown, pointer: string): string | undefined {
  const id = textAt(value, pointer);
  return id !== undefined && ID.test(id) ? id : undefined;
}

/** The failure that a code in an answer stands for. Undefined: it has none that the definition names. */
export function refusalIn(
  { status, text }: Answer,
  errors: HttpDefinition['send']['errors'],
  values: Values,
): Failed | undefined {
  if (!errors) return undefined;
  const body = parseAnswer(text);
  const codes = [errors.pointer].flat().map((pointer) => textAt(body, fillPointer(pointer, values)));
  const code = codes.find((one) => one !== undefined);
  const failure = code !== undefined && Object.hasOwn(errors.values, code) ? errors.values[code] : undefined;
  return failure && failed(failure, CODE.test(code ?? '') ? `code ${code}` : `HTTP ${status}`);
}

const FAILURE_OF: Partial<Record<ReceiptStatus, SendFailure>> = { UNDELIVERED: 'unknown', FAILED: 'unknown' };

/** Maps a status of the provider. Undefined for one that the definition does not name. */
export function receiptOf(
  value: string | undefined,
  values: Readonly<Record<string, ReceiptStatus>>,
): Receipt | undefined {
  const status = value === undefined || !Object.hasOwn(values, value) ? undefined : values[value];
  if (value === undefined || status === undefined) return undefined;
  const failure = FAILURE_OF[status];
  return failure ? { status, failure, detail: CODE.test(value) ? value : status } : { status };
}
