export const IN_QUEUE = 1;
export const SCHEDULED = 2;
export const HANDED_OVER = 5;
export const CANCELLED = 13;
export const BLOCKED = 14;
export const UNKNOWN = 100;

/** A message's way to the phone, as it is worded; 14 and 100 are recorded nowhere. */
const STATUSES: Record<number, string> = {
  [IN_QUEUE]: 'در صف ارسال',
  [SCHEDULED]: 'زمان بندی شده',
  4: 'ارسال به مخابرات',
  [HANDED_OVER]: 'ارسال به مخابرات',
  6: 'خطا در ارسال پیام',
  10: 'رسیده به گیرنده',
  11: 'نرسیده به گیرنده',
  [CANCELLED]: 'لغو شده',
  [BLOCKED]: 'بلاک شده است',
  [UNKNOWN]: 'شناسه پیامک نامعتبر است',
};

export const statusText = (status: number): string => STATUSES[status] ?? 'نامشخص';

/** Whether what the message cost is given back. */
export const isRefunded = (status: number): boolean => status === CANCELLED || status === BLOCKED;
