import { bool, int4, jsonbOf, nullable, textOf, timestamptz } from '../db/types.js';
import { type Budget, SCOPE } from './budgets-of.js';
import { PEAK_DAYS, SUSPICIOUS_SHARE, TRUSTED_NETWORK_VERIFIED, UNVERIFIED_RATIO, WEIGHTS } from './limits.js';
import type { Rule } from './rules.js';

/**
 * Budgets of messages and money (R7). The statement that decides to send a message also judges its budgets and charges
 * them, so concurrent requests cannot exceed them.
 */

/** The parameters of the SQL below. `cost`: the price of the message in millionths of a US dollar. */
export const BUDGETS_PARAMETERS = { budgets: jsonbOf<readonly Budget[]>(), cost: int4, captchaSolved: bool };

/** The columns of `verdict`. */
export const VERDICT_COLUMNS = {
  refused_by: nullable(textOf<Rule>()),
  retry_after: nullable(int4),
  blocked_by: nullable(textOf<Rule>()),
  blocked_until: nullable(timestamptz),
  suspicious: bool,
};

const since = (start: string, interval: string) => `${start} > now() - interval '${interval}'`;
export const isThisMinute = (b: string) => since(`${b}.minute_started_at`, '1 minute');
const isThisHour = (b: string) => since(`${b}.hour_started_at`, '1 hour');
const isToday = (b: string) => since(`${b}.day_started_at`, '1 day');

/** SQL: the most verified messages of a day in the last two weeks, including the last day. */
export const peak = (b: string) =>
  `greatest(${b}.day_verified, CASE WHEN ${since(`${b}.peak_at`, `${PEAK_DAYS} days`)} THEN ${b}.peak_verified END)`;

/** SQL: messages of the window that were not used. */
const unverifiedOf = (sends: string, verified: string) => `(${sends} - ${WEIGHTS.used} * ${verified}) / 100.0`;

/** SQL: the used part of the limits `w` by the row `b`, in each window; 1 or more when a limit is reached. Null without limits. */
const minuteShare = (w: string, b: string) =>
  `CASE WHEN ${isThisMinute(b)} THEN ${b}.minute_sends / (${w}.minute_sends * ${w}.ease) END`;
const hourShare = (w: string, b: string) => `CASE WHEN ${isThisHour(b)} THEN greatest(
  ${b}.hour_sends / (${w}.hour_sends * ${w}.ease),
  CASE WHEN ${w}.hour_unverified > 0 THEN ${unverifiedOf(`${b}.hour_sends`, `${b}.hour_verified`)}
    / (greatest(${w}.hour_unverified, ${UNVERIFIED_RATIO.hour} * coalesce(${w}.growth, 1) * greatest(${b}.hour_verified, ${peak(b)} / 6.0)) * ${w}.ease) END,
  ${costShare(`${b}.hour_cost`, `${w}.hour_cost`)}) ELSE ${costShare('0', `${w}.hour_cost`)} END`;
const dayShare = (w: string, b: string) => `CASE WHEN ${isToday(b)} THEN greatest(
  ${b}.day_sends / (${w}.day_sends * ${w}.ease),
  CASE WHEN ${w}.day_unverified > 0 THEN ${unverifiedOf(`${b}.day_sends`, `${b}.day_verified`)}
    / (greatest(${w}.day_unverified, ${UNVERIFIED_RATIO.day} * coalesce(${w}.growth, 1) * ${peak(b)}) * ${w}.ease) END,
  ${costShare(`${b}.day_cost`, `${w}.day_cost`)}) ELSE ${costShare('0', `${w}.day_cost`)} END`;

/** A message that costs nothing is never too expensive. */
function costShare(spent: string, limit: string): string {
  return `CASE WHEN :cost::int > 0 THEN (${spent} + :cost::int - 1) / ${limit} END`;
}

const isFull = (w: string, b: string) =>
  `coalesce(greatest(${minuteShare(w, b)}, ${hourShare(w, b)}, ${dayShare(w, b)}) >= 1, false)`;

/**
 * SQL: queries of a WITH list that judge the budgets of a message. `known` is an expression: whether the client has
 * signed in with this phone on its device before. `device` is an expression: the subject of that device's budget.
 * `verdict` is one row:
 *
 * - `refused_by`, `retry_after`: the rule that refuses the request, and seconds until it may not any more;
 * - `blocked_by`, `blocked_until`: the rule that blocks the message, and when it may end;
 * - `suspicious`: half of a budget is spent, and neither device nor network is trusted.
 *
 * A network is trusted while it uses its codes. That eases only budgets that it shares with others, not its own.
 */
export const judgeBudgets = (known: string, device = 'w.subject') => `
    listed AS MATERIALIZED (
      SELECT w.scope, CASE WHEN w.scope = ${SCOPE.device} THEN ${device} ELSE w.subject END AS subject, w.rule, w.audience, w.blocks, w.ease,
             w.minute_sends, w.hour_sends, w.day_sends, w.hour_unverified, w.day_unverified, w.growth, w.hour_cost, w.day_cost
      FROM jsonb_to_recordset(:budgets::jsonb) AS w (
        scope int2, subject text, rule text, audience text, blocks boolean, ease float8, minute_sends float8, hour_sends float8, day_sends float8,
        hour_unverified float8, day_unverified float8, growth float8, hour_cost float8, day_cost float8
      ) WHERE w.audience IN ('all', CASE WHEN ${known} THEN 'known' ELSE 'stranger' END)
    ),
    trust AS MATERIALIZED (
      SELECT EXISTS (
        SELECT FROM listed w JOIN budgets b ON b.subject = w.subject
        WHERE w.rule = 'address' AND ${peak('b')} >= ${TRUSTED_NETWORK_VERIFIED}
          AND (NOT ${isToday('b')} OR ${unverifiedOf('b.day_sends', 'b.day_verified')} <= greatest(1, ${peak('b')} / 2.0))
      ) AS trusted
    ),
    wanted AS MATERIALIZED (
      SELECT scope, subject, rule, audience, blocks, CASE WHEN :captchaSolved::boolean OR (blocks AND trusted) THEN ease ELSE 1 END AS ease,
             minute_sends, hour_sends, day_sends, hour_unverified, day_unverified, growth, hour_cost, day_cost
      FROM listed, trust
    ),
    judged AS MATERIALIZED (
      SELECT w.scope, w.rule, w.blocks, b.minute_started_at, b.hour_started_at, b.day_started_at,
             ${minuteShare('w', 'b')} AS minute_share, ${hourShare('w', 'b')} AS hour_share, ${dayShare('w', 'b')} AS day_share
      FROM wanted w LEFT JOIN budgets b ON b.subject = w.subject
    ),
    full_budget AS MATERIALIZED (
      SELECT scope, rule, blocks, greatest(
        CASE WHEN minute_share >= 1 THEN minute_started_at + interval '1 minute' END,
        CASE WHEN hour_share >= 1 THEN coalesce(hour_started_at, now()) + interval '1 hour' END,
        CASE WHEN day_share >= 1 THEN coalesce(day_started_at, now()) + interval '1 day' END, now() + interval '1 second') AS until
      FROM judged WHERE greatest(minute_share, hour_share, day_share) >= 1
    ),
    verdict AS MATERIALIZED (
      SELECT (SELECT rule FROM full_budget WHERE NOT blocks ORDER BY until DESC LIMIT 1) AS refused_by,
             (SELECT ceil(extract(epoch FROM max(until) - now()))::int FROM full_budget WHERE NOT blocks) AS retry_after,
             (SELECT rule FROM full_budget WHERE blocks ORDER BY until DESC LIMIT 1) AS blocked_by,
             (SELECT max(until) FROM full_budget WHERE blocks) AS blocked_until,
             NOT trusted AND NOT :captchaSolved::boolean AND NOT (${known})
               AND EXISTS (SELECT FROM judged WHERE greatest(hour_share, day_share) >= ${SUSPICIOUS_SHARE}) AS suspicious
      FROM trust
    )`;

/**
 * SQL: charges the message to the budgets of `wanted` that meet `condition`, for the one row of `from`, and returns the
 * charged subjects. A budget that a concurrent statement has just used up returns no row. The minute counts only messages
 * that it limits: a failover does not keep a user from requesting the code again.
 */
export const chargeBudgets = (from: string, condition = 'true') => `
  INSERT INTO budgets AS b (subject, scope, minute_started_at, minute_sends, hour_started_at, hour_sends, hour_cost, hour_verified,
                            day_started_at, day_sends, day_cost, day_verified, peak_verified, peak_at)
  SELECT w.subject, w.scope, now(), CASE WHEN w.minute_sends IS NULL THEN 0 ELSE ${WEIGHTS.unused} END, now(), ${WEIGHTS.unused}, :cost::int, 0, now(), ${WEIGHTS.unused}, :cost::int, 0, 0, now()
  FROM ${from}, wanted w WHERE ${condition} ORDER BY w.scope, w.subject
  ON CONFLICT (subject) DO UPDATE SET
    minute_started_at = CASE WHEN ${isThisMinute('b')} THEN b.minute_started_at ELSE now() END,
    minute_sends = CASE WHEN ${isThisMinute('b')} THEN b.minute_sends ELSE 0 END + excluded.minute_sends,
    hour_started_at = CASE WHEN ${isThisHour('b')} THEN b.hour_started_at ELSE now() END,
    hour_sends = CASE WHEN ${isThisHour('b')} THEN b.hour_sends ELSE 0 END + ${WEIGHTS.unused},
    hour_cost = CASE WHEN ${isThisHour('b')} THEN b.hour_cost ELSE 0 END + excluded.hour_cost,
    hour_verified = CASE WHEN ${isThisHour('b')} THEN b.hour_verified ELSE 0 END,
    day_started_at = CASE WHEN ${isToday('b')} THEN b.day_started_at ELSE now() END,
    day_sends = CASE WHEN ${isToday('b')} THEN b.day_sends ELSE 0 END + ${WEIGHTS.unused},
    day_cost = CASE WHEN ${isToday('b')} THEN b.day_cost ELSE 0 END + excluded.day_cost,
    day_verified = CASE WHEN ${isToday('b')} THEN b.day_verified ELSE 0 END,
    peak_verified = CASE WHEN ${isToday('b')} THEN b.peak_verified ELSE ${peak('b')} END,
    peak_at = CASE WHEN ${isToday('b')} OR ${peak('b')} > b.day_verified THEN b.peak_at ELSE b.day_started_at END
  WHERE NOT (SELECT ${isFull('w', 'b')} FROM wanted w WHERE w.subject = b.subject)
  RETURNING subject`;

/** SQL: a condition of `chargeBudgets`: a decoy is charged only to budgets whose state the client can notice. */
export const NOTICED = 'NOT w.blocks';

/** SQL: how often the attempt `a` was charged to this subject. */
const timesCharged = (a: string, subject: string) => `cardinality(array_positions(${a}.charged, ${subject}))`;

/** SQL: turns this number of unused messages of `b` into used ones. */
export const countAsUsed = (b: string, messages: string) => `
  minute_sends = greatest(0, ${b}.minute_sends - ${WEIGHTS.unused} * ${messages}),
  hour_sends = greatest(0, ${b}.hour_sends - ${WEIGHTS.unused - WEIGHTS.used} * ${messages}),
  day_sends = greatest(0, ${b}.day_sends - ${WEIGHTS.unused - WEIGHTS.used} * ${messages}),
  hour_verified = ${b}.hour_verified + ${messages},
  day_verified = ${b}.day_verified + ${messages}`;

/**
 * SQL: counts the messages of the attempt `from (phone, charged)` as used in the budget of the phone, so that its user
 * can sign in on another device at once. `settleUsedCodes` does it for the other budgets.
 */
export const countPhoneAsUsed = (from: string) => `
  UPDATE budgets b SET ${countAsUsed('b', timesCharged(from, `${from}.phone`))} FROM ${from} WHERE b.subject = ${from}.phone`;
