/** How many digits after the `+` are shown. */
const SHOWN_DIGITS = 4;

/** Enough for users to recognise their own number, too little to call it: `+7701*****02`. Takes E.164. */
export function maskPhone(e164: string): string {
  const hidden = Math.max(0, e164.length - SHOWN_DIGITS - 3);
  return `${e164.slice(0, SHOWN_DIGITS + 1)}${'*'.repeat(hidden)}${e164.slice(-2)}`;
}
