/** The provider's result codes of a call. The states of a message are in `delivery-states.ts`. */
export const Code = {
  badCredentials: 0,
  noCredit: 2,
  badSender: 5,
  filteredWord: 7,
  publicLine: 9,
  userInactive: 10,
  notSent: 11,
  documentsIncomplete: 12,
  fullStop: 13,
  link: 14,
  cancelWordMissing: 15,
  noRecipient: 16,
  emptyText: 17,
  badMobile: 18,
  serviceDisabled: -1,
  oneNumberPerCall: -2,
  lineNotDefined: -3,
  badPattern: -4,
  variablesDoNotFit: -5,
  linkInVariable: -10,
  ipBlocked: -108,
  allowedIpUnset: -109,
  apiKeyCompulsory: -110,
  ipNotAllowed: -111,
} as const;

const TEXTS: Record<number, string> = {
  [Code.noCredit]: 'اعتبار کافی نیست',
  [Code.badSender]: 'شماره فرستنده نامعتبر است',
  [Code.filteredWord]: 'متن حاوی کلمه فیلتر شده است',
  [Code.publicLine]: 'ارسال از خطوط عمومی ممکن نیست',
  [Code.userInactive]: 'کاربر فعال نیست',
  [Code.documentsIncomplete]: 'مدارک کاربر کامل نیست',
  [Code.fullStop]: 'متن حاوی لینک است',
  [Code.link]: 'متن حاوی لینک است',
  [Code.cancelWordMissing]: 'درج لغو11 الزامی است',
  [Code.noRecipient]: 'شماره گیرنده یافت نشد',
  [Code.emptyText]: 'متن پیامک خالی است',
  [Code.badMobile]: 'شماره گیرنده نامعتبر است',
  [Code.serviceDisabled]: 'دسترسی به این سرویس غیرفعال است',
  [Code.badPattern]: 'کد متن نامعتبر است یا تایید نشده است',
  [Code.variablesDoNotFit]: 'متن با متغیرها سازگار نیست',
  [Code.linkInVariable]: 'متغیر حاوی لینک است',
};

/** The free text by which the console replaces a code. */
export function textOf(code: number): string {
  return TEXTS[code] ?? 'ارسال ناموفق';
}
