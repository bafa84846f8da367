export const IN_QUEUE = 1;
export const SCHEDULED = 2;
export const HANDED_OVER = 5;
export const CANCELLED = 13;
export const BLOCKED = 14;
export const UNKNOWN = 100;

/** The texts of delivery statuses. Those of 14 and 100 are not recorded. */
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

/** Whether the cost of a message with this status is refunded. */
export const isRefunded = (status: number): boolean => status === CANCELLED || status === BLOCKED;
