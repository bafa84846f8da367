/** Chromium has no Kazakh and Kyrgyz dates, so these come from here in every browser. Patterns and months are CLDR's. */
const KAZAKH_MONTHS = ['қаң.', 'ақп.', 'нау.', 'сәу.', 'мам.', 'мау.', 'шіл.', 'там.', 'қыр.', 'қаз.', 'қар.', 'жел.'];
const KYRGYZ_MONTHS = ['янв.', 'фев.', 'мар.', 'апр.', 'май', 'июн.', 'июл.', 'авг.', 'сен.', 'окт.', 'ноя.', 'дек.'];

/** Returns a function that writes a date and time, in the time zone of the browser. */
export function momentFormat(locale: string): (value: Date) => string {
  if (locale === 'kk')
    return (value) => {
      const month = KAZAKH_MONTHS[value.getMonth()];
      return `${value.getFullYear()} ж. ${value.getDate()} ${month}, ${timeOf(value)}`;
    };
  if (locale === 'ky')
    return (value) => {
      const month = KYRGYZ_MONTHS[value.getMonth()];
      return `${value.getFullYear()}-ж., ${value.getDate()}-${month} ${timeOf(value)}`;
    };
  const format = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  return (value) => format.format(value);
}

/** 09:05 */
function timeOf(value: Date): string {
  return [value.getHours(), value.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
}
