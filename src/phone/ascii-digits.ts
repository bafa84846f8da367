/** The zeros in ASCII, Arabic-Indic, Persian and full-width digits. The other digits of each set follow in order. */
const ZEROS = [0x30, 0x660, 0x6f0, 0xff10];

/** Converts Persian, Arabic-Indic and full-width digits to ASCII digits. All other characters stay. */
export function toAsciiDigits(text: string): string {
  return text.replaceAll(/[٠-٩۰-۹０-９]/g, (digit) => {
    const point = digit.charCodeAt(0);
    const zero = ZEROS.findLast((start) => start <= point) ?? 0x30;
    return String(point - zero);
  });
}
