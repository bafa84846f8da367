import { bool, int4, jsonbOf, nullable, text, textOf, timestamptz } from '../../db/types.js';
import { type Budget, SCOPE } from './budget.js';
import { RESERVE_EASE, SUSPICIOUS_SHARE, TRUSTED_NETWORK_VERIFIED, WEIGHTS } from '../limits.js';
import type { Rule } from '../rules.js';
import { isToday } from '../windows.js';
import { dayCostShare, dayShare, hourCostShare, hourShare, minuteShare, peak, unverifiedOf } from './budget-shares.js';

/**
 * Budgets of messages and money (R7). The statement that decides to send a message also judges its budgets and charges
 * them, so concurrent requests cannot exceed them.
 */

/** The parameters of the SQL below. `cost`: the price of the message in millionths of a US dollar. */
export const BUDGETS_PARAMETERS = { budgets: jsonbOf<readonly Budget[]>(), cost: int4 };

/** What the statement knows of the client, as SQL expressions. */
interface JudgedClient {
  /** Whether it has signed in with this phone on its device before. */
  known: string;
  /** The subject of the budget that all known devices of the phone share. */
  device: string;
  /** Whether it has solved a captcha. */
  captchaSolved: string;
  /** Whether it requests a code for the phone of a user. */
  ofUser: string;
  /** Whether the user of the phone has signed in from its network before. It must not change the answer to the client (R10). */
  home: string;
  /** Whether it may use the reserve of its network when the phone's budget is spent. */
  mayUseReserve: string;
}

/** A client of which nothing is known. */
export const ANY_CLIENT: JudgedClient = {
  known: 'false',
  device: 'NULL',
  captchaSolved: 'false',
  ofUser: 'false',
  home: 'false',
  mayUseReserve: 'false',
};

/** The columns of `verdict` about a refused request. */
export const REFUSAL_COLUMNS = { refused_by: nullable(textOf<Rule>()), retry_after: nullable(int4) };

/** The column of `verdict` that says whether a captcha helps. */
export const CAPTCHA_COLUMNS = { beyond_captcha: bool };

/** The columns of `verdict` about a blocked message. */
export const BLOCK_COLUMNS = {
  blocked_by: nullable(textOf<Rule>()),
  blocked_subject: nullable(text),
  blocked_until: nullable(timestamptz),
  blocked_on_any_channel: bool,
};

const subjectOf = (device: string) => `CASE w.scope WHEN ${SCOPE.device} THEN ${device} ELSE w.subject END`;
const IS_OF_PHONE = `scope = ${SCOPE.phone}`;
/** SQL: the used part of the limits that an ease enlarges. */
const SENT_SHARE = 'greatest(minute_share, hour_share, day_share)';
/** SQL: `w` is the budget of the phone that all strangers share. */
const IS_OF_STRANGERS = `w.${IS_OF_PHONE} AND w.audience = 'stranger'`;
/** SQL: the message uses the reserve, and `w` is the budget of the phone, which then is larger. */
const IS_ENLARGED = `(facts.reserve IS NOT NULL AND ${IS_OF_STRANGERS})`;
/**
 * SQL: the message uses the reserve, and `w` is the budget of the users of the country. Their unused messages must not be spent by those who
 * attack one of them.
 */
const IS_BESIDE_USERS = `(facts.reserve IS NOT NULL AND w.scope = ${SCOPE.users})`;

/** Budgets that another channel may not spend: of the channel, or of money, because it may cost nothing. */
const OF_CHANNELS = [SCOPE.channel, SCOPE.all, SCOPE.notificationsByChannel, SCOPE.allNotifications].join(', ');

/**
 * SQL: queries of a WITH list that judge the budgets of a message. `verdict` is one row:
 *
 * - `refused_by`, `retry_after`: the rule that refuses the request, and seconds until it may not any more;
 * - `blocked_by`, `blocked_subject`, `blocked_until`: the rule that blocks the message, the subject of its budget, and when it may end;
 * - `blocked_on_any_channel`: no other channel helps, because the budget of this destination is spent, not that of the channel;
 * - `beyond_captcha`: the request is refused for a client that has solved a captcha, too, so it must not be asked one;
 * - `reserve`: the subject of the reserve that the message uses, because the budget of the phone is spent; otherwise null;
 * - `own_reserve`: the subject of the reserve of the client's network, whether or not the message uses it;
 * - `suspicious`: half of a budget of the phone or of the network is spent, and neither device nor network is trusted; or the
 *   budget of the phone is spent, and a solved captcha helps. A
 *   spent budget of a destination makes nobody suspicious: all people of a country share it, and only a stranger's phone decides
 *   which one counts, which no client may learn (R10).
 *
 * `facts` is one row of what the budgets say about the client. `judged` has `full_until` for each full budget.
 *
 * What the reserve lets through is charged to the phone too, whose budget then is `RESERVE_EASE` times as large: captchas become harder by it.
 * It is not charged to the users of the country.
 *
 * A network is trusted while it uses its codes. That eases only budgets that it shares with others, not its own.
 */
export const judgeBudgets = ({ known, device, captchaSolved, ofUser, home, mayUseReserve }: JudgedClient) => `
    listed AS MATERIALIZED (
      SELECT w.scope, ${subjectOf(device)} AS subject, w.rule, w.audience, w.blocks, w.ease,
             w.minute_sends, w.hour_sends, w.day_sends, w.hour_unverified, w.day_unverified, w.growth, w.hour_cost, w.day_cost,
             CASE WHEN w.uncounted THEN 0 ELSE ${WEIGHTS.unused} END AS weight, b.minute_started_at, b.hour_started_at, b.day_started_at,
             ${minuteShare('w', 'b')} AS minute_share, ${hourShare('w', 'b')} AS hour_share, ${dayShare('w', 'b')} AS day_share,
             ${hourCostShare('w', 'b')} AS hour_cost_share, ${dayCostShare('w', 'b')} AS day_cost_share,
             w.rule = 'address' AND ${peak('b')} >= ${TRUSTED_NETWORK_VERIFIED}
               AND (NOT ${isToday('b')} OR ${unverifiedOf('b.day_sends', 'b.day_verified')} <= greatest(1, ${peak('b')} / 2::float8)) AS trusted
      FROM jsonb_to_recordset(:budgets::jsonb) AS w (
        scope int2, subject text, rule text, audience text, blocks boolean, ease float8, minute_sends float8, hour_sends float8, day_sends float8,
        hour_unverified float8, day_unverified float8, growth float8, uncounted boolean, hour_cost float8, day_cost float8
      ) LEFT JOIN budgets b ON b.subject = ${subjectOf(device)}
      WHERE w.audience = ANY(CASE WHEN ${known} THEN '{all,known}'::text[] WHEN ${ofUser} THEN '{all,stranger,reserve,user}'::text[]
                                  ELSE '{all,stranger,reserve,new}'::text[] END)
    ),
    facts AS MATERIALIZED (
      SELECT trusted, phone_is_spent, reserve_is_spent, trusted OR ${home} AS eases_destination, CASE WHEN ${mayUseReserve} THEN reserve END AS own_reserve,
             CASE WHEN phone_is_spent AND ${mayUseReserve} THEN reserve END AS reserve
      FROM (
        SELECT coalesce(bool_or(trusted), false) AS trusted,
               coalesce(bool_or(${IS_OF_PHONE} AND audience = 'stranger' AND ${SENT_SHARE} >= ease), false) AS phone_is_spent,
               coalesce(bool_or(CASE WHEN audience = 'reserve' THEN ${SENT_SHARE} >= ease WHEN ${IS_OF_STRANGERS} THEN ${SENT_SHARE} >= ${RESERVE_EASE} END), false)
                 OR coalesce(NOT bool_or(audience = 'reserve'), true) AS reserve_is_spent,
               max(subject) FILTER (WHERE audience = 'reserve') AS reserve
        FROM listed w
      ) AS of_client
    ),
    wanted AS MATERIALIZED (
      SELECT w.scope, w.subject, w.rule, w.blocks, w.ease AS full_ease,
             CASE WHEN ${IS_ENLARGED} THEN ${RESERVE_EASE} WHEN ${IS_BESIDE_USERS} THEN 'infinity' WHEN CASE WHEN w.blocks THEN eases_destination ELSE ${captchaSolved} END THEN w.ease ELSE 1 END AS ease,
             CASE WHEN NOT ${IS_ENLARGED} THEN w.minute_sends END AS minute_sends, w.hour_sends, w.day_sends, w.hour_unverified, w.day_unverified, w.growth, w.hour_cost, w.day_cost,
             CASE WHEN ${IS_BESIDE_USERS} THEN 0 ELSE w.weight END AS weight,
             w.minute_started_at, w.hour_started_at, w.day_started_at, w.minute_share, w.hour_share, w.day_share, w.hour_cost_share, w.day_cost_share
      FROM facts, listed w WHERE w.audience <> 'reserve' OR facts.reserve IS NOT NULL
    ),
    judged AS MATERIALIZED (
      SELECT scope, subject, rule, blocks, ${SENT_SHARE} >= full_ease AS beyond_captcha, greatest(hour_share, day_share) / ease >= ${SUSPICIOUS_SHARE} AS half_spent,
             CASE WHEN greatest(${SENT_SHARE} / ease, hour_cost_share, day_cost_share) >= 1 THEN greatest(
               CASE WHEN minute_share >= ease THEN minute_started_at + interval '1 minute' END,
               CASE WHEN greatest(hour_share / ease, hour_cost_share) >= 1 THEN coalesce(hour_started_at, now()) + interval '1 hour' END,
               CASE WHEN greatest(day_share / ease, day_cost_share) >= 1 THEN coalesce(day_started_at, now()) + interval '1 day' END,
               now() + interval '1 second') END AS full_until
      FROM wanted
    ),
    verdict AS (
      SELECT (SELECT rule FROM judged WHERE NOT blocks AND full_until = refused_until LIMIT 1) AS refused_by,
             ceil(extract(epoch FROM refused_until - now()))::int AS retry_after,
             blocking.rule AS blocked_by, blocking.subject AS blocked_subject, blocked_until, blocked_on_any_channel, sums.beyond_captcha,
             NOT ${captchaSolved} AND NOT (${known}) AND NOT sums.beyond_captcha AND (phone_refuses OR NOT trusted AND half_spent) AS suspicious,
             reserve, own_reserve
      FROM facts, LATERAL (
        SELECT max(full_until) FILTER (WHERE NOT blocks) AS refused_until, max(full_until) FILTER (WHERE blocks) AS blocked_until,
               coalesce(bool_or(full_until IS NOT NULL AND blocks AND scope NOT IN (${OF_CHANNELS})), false) AS blocked_on_any_channel,
               coalesce(bool_or(full_until IS NOT NULL AND ${IS_OF_PHONE}), false) AS phone_refuses, coalesce(bool_or(half_spent AND NOT blocks), false) AS half_spent,
               phone_is_spent AND reserve_is_spent OR coalesce(bool_or(judged.beyond_captcha AND NOT blocks AND NOT ${IS_OF_PHONE}), false) AS beyond_captcha
        FROM judged
      ) AS sums LEFT JOIN LATERAL (SELECT rule, subject FROM judged WHERE blocks AND full_until = blocked_until ORDER BY scope LIMIT 1) AS blocking ON true
    )`;
