/** The provider's states of a message, with the texts of the console. */
const STATES: Record<number, string> = {
  0: 'ارسال شده به مخابرات',
  1: 'رسیده به گوشی',
  2: 'نرسیده به گوشی',
  3: 'خطای مخابراتی',
  5: 'خطای نامشخص',
  8: 'رسیده به مخابرات',
  16: 'نرسیده به مخابرات',
  35: 'لیست سیاه',
  100: 'نامشخص',
  200: 'ارسال شده',
  300: 'فیلتر شده',
  400: 'در لیست ارسال',
  500: 'عدم پذیرش',
};

export const DELIVERED = 1;
export const DID_NOT_REACH_TELECOM = 16;
export const UNKNOWN = 100;
export const IN_SEND_LIST = 400;

export function wordingOf(state: number): string {
  return STATES[state] ?? 'نامشخص';
}
