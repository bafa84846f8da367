import { Refusal } from './results.js';

export type Form = Record<string, string>;

/** A field that must be there (400) and hold something (406). */
export function required(form: Form, name: string): string {
  const value = form[name];
  if (value === undefined) throw new Refusal(400);
  if (value === '') throw new Refusal(406);
  return value;
}

/** Numbers joined by commas, as text: they may be longer than JavaScript's. Too many are 414. */
export function requiredLongs(form: Form, name: string, most: number): string[] {
  const values = required(form, name).split(',');
  if (values.length > most) throw new Refusal(414);
  return longs(values);
}

const LARGEST_LONG = 2n ** 63n - 1n;

/** Which result says that a number is none, or is more than 64 bits hold, is not documented. */
export function longs(values: string[]): string[] {
  if (!values.every((value) => /^\d{1,19}$/.test(value) && BigInt(value) <= LARGEST_LONG)) throw new Refusal(400);
  return values;
}

/** UNIX time, in milliseconds; 417 when it is none. */
export function readDate(value: string): number {
  if (!/^\d{1,10}$/.test(value)) throw new Refusal(417);
  return Number(value) * 1000;
}

const DAY = 86_400_000;

/** Of `startdate` and `enddate`, which is a day later if left out. */
export function readSpan(form: Form): [from: number, to: number] {
  const from = readDate(required(form, 'startdate'));
  const to = form['enddate'] ? readDate(form['enddate']) : from + DAY;
  if (to < from || to > from + DAY) throw new Refusal(417);
  return [from, to];
}
