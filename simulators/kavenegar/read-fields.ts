import { Refusal } from './results.js';

export type Form = Record<string, string>;

/** Reads a required field. @throws Refusal 400 if it is missing, 406 if it is empty */
export function required(form: Form, name: string): string {
  const value = form[name];
  if (value === undefined) throw new Refusal(400);
  if (value === '') throw new Refusal(406);
  return value;
}

/** Reads integers joined by commas, as strings because they may exceed 2^53. @throws Refusal 414 for too many */
export function requiredLongs(form: Form, name: string, max: number): string[] {
  const values = required(form, name).split(',');
  if (values.length > max) throw new Refusal(414);
  return longs(values);
}

const LARGEST_LONG = 2n ** 63n - 1n;

/** The result for a malformed number, or one that exceeds 64 bits, is not documented. */
export function longs(values: string[]): string[] {
  if (!values.every((value) => /^\d{1,19}$/.test(value) && BigInt(value) <= LARGEST_LONG)) throw new Refusal(400);
  return values;
}

/** Reads UNIX time. @returns milliseconds. @throws Refusal 417 if it is malformed */
export function readDate(value: string): number {
  if (!/^\d{1,10}$/.test(value)) throw new Refusal(417);
  return Number(value) * 1000;
}

const DAY = 86_400_000;

/** Reads `startdate` and `enddate`, by default a day later. @returns milliseconds */
export function readSpan(form: Form): [from: number, to: number] {
  const from = readDate(required(form, 'startdate'));
  const to = form['enddate'] ? readDate(form['enddate']) : from + DAY;
  if (to < from || to > from + DAY) throw new Refusal(417);
  return [from, to];
}
