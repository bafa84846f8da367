/** SQL: whether the hour of the row `r` still runs. Rows that count something begin an hour and a day with the first count. */
export const isThisHour = (r: string) => `${r}.hour_started_at > now() - interval '1 hour'`;
/** SQL: whether the day of the row `r` still runs. */
export const isToday = (r: string) => `${r}.day_started_at > now() - interval '1 day'`;
