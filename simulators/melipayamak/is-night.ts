const hourInTehran = new Intl.DateTimeFormat('en-US', { timeZone: 'Asia/Tehran', hour: 'numeric', hourCycle: 'h23' });

/** Whether it is night for advertising lines, which deliver from 08:00 to 22:00 in Tehran. @param at milliseconds since the epoch */
export function isNight(at: number): boolean {
  const hour = Number(hourInTehran.format(at));
  return hour < 8 || hour >= 22;
}
