/** Number of digits after the `+` that are shown. */
const SHOWN_DIGITS = 4;

/** Masks a phone in E.164: `+7701*****02`. Users can recognize their own number, and nobody can call it. */
export function maskPhone(e164: string): string {
  const hidden = Math.max(0, e164.length - SHOWN_DIGITS - 3);
  return `${e164.slice(0, SHOWN_DIGITS + 1)}${'*'.repeat(hidden)}${e164.slice(-2)}`;
}
