import { ALL_STARTS } from '../budgets/counted-budgets.js';
import { FLOOD_OF_STARTS } from '../limits.js';
import { isThisMinute, peak } from '../budgets/budget-shares.js';

const { perMinute, timesUsual } = FLOOD_OF_STARTS;
const MINUTES_OF_DAY = 1_440;

/**
 * SQL: whether far more WhatsApp logins were started in the last minute than usual. Usual is what was completed on the best day of
 * the last two weeks, spread over the day.
 */
export const IS_START_FLOOD = `coalesce((
      SELECT ${isThisMinute('b')} AND b.minute_sends > 100 * greatest(${perMinute}, ${timesUsual} * ${peak('b')} / ${MINUTES_OF_DAY}.0)
      FROM budgets b WHERE b.subject = '${ALL_STARTS}'
    ), false)`;
