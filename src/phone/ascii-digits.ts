/** ASCII, Arabic-Indic, Persian and full-width zero; the other digits of each follow in order. */
const ZEROS = [0x30, 0x660, 0x6f0, 0xff10];

/** Persian, Arabic-Indic and full-width digits as ASCII digits. Everything else stays. */
export function toAsciiDigits(text: string): string {
  return text.replaceAll(/[٠-٩۰-۹０-９]/g, (digit) => {
    const point = digit.charCodeAt(0);
    const zero = ZEROS.findLast((start) => start <= point) ?? 0x30;
    return String(point - zero);
  });
}
