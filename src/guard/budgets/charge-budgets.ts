import { isThisHour, isToday } from '../windows.js';
import { isFull, isThisMinute, peak } from './budget-shares.js';

/**
 * SQL: charges the message to the budgets of `wanted` that meet `condition`, for the one row of `from`, and returns the
 * charged subjects. A budget that a concurrent statement has just used up returns no row. The minute counts only messages
 * that it limits: a failover does not keep a user from requesting the code again.
 */
export const chargeBudgets = (from: string, condition = 'true') => `
  INSERT INTO budgets AS b (subject, scope, minute_started_at, minute_sends, hour_started_at, hour_sends, hour_cost, hour_verified,
                            day_started_at, day_sends, day_cost, day_verified, peak_verified, peak_at)
  SELECT w.subject, w.scope, now(), CASE WHEN w.minute_sends IS NULL THEN 0 ELSE w.weight END, now(), w.weight, :cost::int, 0, now(), w.weight, :cost::int, 0, 0, now()
  FROM ${from}, wanted w WHERE ${condition} ORDER BY w.scope, w.subject
  ON CONFLICT (subject) DO UPDATE SET
    minute_started_at = CASE WHEN ${isThisMinute('b')} THEN b.minute_started_at ELSE now() END,
    minute_sends = CASE WHEN ${isThisMinute('b')} THEN b.minute_sends ELSE 0 END + excluded.minute_sends,
    hour_started_at = CASE WHEN ${isThisHour('b')} THEN b.hour_started_at ELSE now() END,
    hour_sends = CASE WHEN ${isThisHour('b')} THEN b.hour_sends ELSE 0 END + excluded.hour_sends,
    hour_cost = CASE WHEN ${isThisHour('b')} THEN b.hour_cost ELSE 0 END + excluded.hour_cost,
    hour_verified = CASE WHEN ${isThisHour('b')} THEN b.hour_verified ELSE 0 END,
    day_started_at = CASE WHEN ${isToday('b')} THEN b.day_started_at ELSE now() END,
    day_sends = CASE WHEN ${isToday('b')} THEN b.day_sends ELSE 0 END + excluded.day_sends,
    day_cost = CASE WHEN ${isToday('b')} THEN b.day_cost ELSE 0 END + excluded.day_cost,
    day_verified = CASE WHEN ${isToday('b')} THEN b.day_verified ELSE 0 END,
    peak_verified = CASE WHEN ${isToday('b')} THEN b.peak_verified ELSE ${peak('b')} END,
    peak_at = CASE WHEN ${isToday('b')} OR ${peak('b')} > b.day_verified THEN b.peak_at ELSE b.day_started_at END
  WHERE NOT (SELECT ${isFull('w', 'b')} FROM wanted w WHERE w.subject = b.subject)
  RETURNING subject`;

/** SQL: a condition of `chargeBudgets`: a decoy is charged only to budgets whose state the client can notice. */
export const NOTICED = 'NOT w.blocks';
