import type { PageTexts } from './page-texts.js';

export const fa: PageTexts = {
  languages: 'زبان',
  signInTo: (title) => `ورود به ${title}`,
  enterCode: 'کد را وارد کنید',
  signedOut: 'نشست شما پایان یافت. دوباره وارد شوید.',
  showAllDevices: (count) => `نمایش همه (${count})`,
  account: {
    title: 'وارد شده‌اید',
    devices: 'دستگاه‌های شما',
    thisDevice: 'همین دستگاه',
    lastSeen: (when) => `آخرین فعالیت: ${when}`,
    signOutDevice: (device) => `خروج از ${device}`,
    unknownDevice: 'دستگاه ناشناس',
    signOut: 'خروج',
    signOutEverywhere: 'خروج از همه دستگاه‌ها',
    signInAgain: 'ورود دوباره',
    continueTo: (host) => `رفتن به ${host}`,
    returning: (host) => `بازگشت به ${host}…`,
    otherUser: 'ورود با حساب دیگر',
  },
  redirectRefused: 'این برنامه اجازه استفاده از این صفحه ورود را ندارد.',
  redirectUnprotected: 'این برنامه از درخواست ورود خود محافظت نکرده است.',
  toLogin: 'همین‌جا وارد شوید',
};
