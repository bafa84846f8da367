import type { ChannelName } from '../config/config.js';
import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { float8, int4, jsonbOf, nullable, text, textOf, timestamptz } from '../db/types.js';
import { IS_CURRENT } from '../delivery/statistics/count-days.js';
import { GROUP_COLUMNS, countGroups, dayOf, hourOf } from '../delivery/statistics/hour-groups.js';
import { InvalidInput } from '../domain-error.js';

/** The outcomes of the codes that were sent on one day (UTC), to one country, by one channel. */
export interface SendStatistic {
  /** Such as 2026-11-21. */
  day: string;
  country: string | null;
  channel: ChannelName;
  /** Deliveries, including those that were refused. */
  tried: number;
  /** Deliveries that the provider accepted. */
  sent: number;
  delivered: number;
  /** Deliveries whose code was used: the last delivery of its attempt. */
  verified: number;
  /** verified / sent; null when nothing was sent. */
  conversion: number | null;
  /** Null when nothing was delivered. */
  medianSecondsToDeliver: number | null;
  /** The most frequent reason first. */
  failures: { reason: string; count: number }[];
  /** In the provider's own currency (Kavenegar: rial), as far as the provider reports it. */
  cost: number;
}

export const STATISTICS_MAX_DAYS = 92;

/**
 * Adds up the days that are counted, the hours of other days that are counted, and counts the messages of the other hours now: the latest
 * hours, and the hours that the period covers in part.
 */
const READ_STATISTICS = statement({
  name: 'admin/read_send_statistics',
  sql: `
    WITH days AS MATERIALIZED (
      SELECT d.day, d.groups FROM send_statistics_days d
      WHERE d.day >= :since AND d.day + interval '1 day' <= :until AND ${IS_CURRENT}
    ),
    hours AS MATERIALIZED (
      SELECT hour, greatest(hour, :since) AS since, least(hour + interval '1 hour', :until) AS until
      FROM generate_series(${hourOf(':since')}, :until, interval '1 hour') AS hour
      WHERE NOT EXISTS (SELECT FROM days WHERE days.day = ${dayOf('hour')})
    ),
    counted AS (
      SELECT hours.hour, s.groups FROM hours JOIN send_statistics s USING (hour)
      WHERE s.groups IS NOT NULL AND hours.until - hours.since = interval '1 hour'
    ),
    periods AS (
      SELECT * FROM hours WHERE since < until AND NOT EXISTS (SELECT FROM counted WHERE counted.hour = hours.hour)
    ),
    ${countGroups('periods', '(:country::text IS NULL OR d.country = :country) AND (:channel::text IS NULL OR starts_with(d.channel || chr(58), :channel || chr(58)))')},
    day_groups AS MATERIALIZED (
      SELECT to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, g.*
      FROM (
        SELECT day AS hour, g.* FROM days CROSS JOIN LATERAL jsonb_to_recordset(days.groups) AS g (${GROUP_COLUMNS})
        UNION ALL
        SELECT hour, g.* FROM counted CROSS JOIN LATERAL jsonb_to_recordset(counted.groups) AS g (${GROUP_COLUMNS})
        UNION ALL
        SELECT * FROM groups_by_hour
      ) AS g
      WHERE (:country::text IS NULL OR country = :country) AND (:channel::text IS NULL OR starts_with(channel || chr(58), :channel || chr(58)))
    ),
    totals AS (
      SELECT day, country, channel, sum(tried)::int AS tried, sum(sent)::int AS sent, sum(delivered)::int AS delivered,
             sum(verified)::int AS verified, sum(cost)::float AS cost
      FROM day_groups GROUP BY 1, 2, 3
    ),
    failures AS (
      SELECT day, country, channel,
             jsonb_agg(jsonb_build_object('reason', reason, 'count', count) ORDER BY count DESC, reason) AS failures
      FROM (
        SELECT day, country, channel, reason, sum(count::int) AS count
        FROM day_groups CROSS JOIN LATERAL jsonb_each_text(failures) AS f (reason, count) GROUP BY 1, 2, 3, 4
      ) AS reasons GROUP BY 1, 2, 3
    ),
    arrivals AS (
      SELECT day, country, channel, seconds, sum(count) OVER (PARTITION BY day, country, channel ORDER BY seconds) AS upto,
             sum(count) OVER (PARTITION BY day, country, channel) AS total
      FROM (
        SELECT day, country, channel, s.seconds::float AS seconds, sum(s.count::int)::int AS count
        FROM day_groups CROSS JOIN LATERAL jsonb_each_text(seconds) AS s (seconds, count) GROUP BY 1, 2, 3, 4
      ) AS counts
    ),
    medians AS (
      SELECT day, country, channel,
             (min(seconds) FILTER (WHERE upto >= (total + 1) / 2) + min(seconds) FILTER (WHERE upto >= total / 2 + 1)) / 2 AS median
      FROM arrivals GROUP BY 1, 2, 3
    )
    SELECT t.day, t.country, t.channel, t.tried, t.sent, t.delivered, t.verified, t.verified::float / nullif(t.sent, 0) AS conversion,
           m.median AS "medianSecondsToDeliver", coalesce(f.failures, '[]') AS failures, t.cost
    FROM totals t
    LEFT JOIN failures f ON f.day = t.day AND f.channel = t.channel AND f.country IS NOT DISTINCT FROM t.country
    LEFT JOIN medians m ON m.day = t.day AND m.channel = t.channel AND m.country IS NOT DISTINCT FROM t.country
    ORDER BY t.day DESC, t.country, t.channel`,
  parameters: { since: timestamptz, until: timestamptz, country: nullable(text), channel: nullable(text) },
  columns: {
    day: text,
    country: nullable(text),
    channel: textOf<ChannelName>(),
    tried: int4,
    sent: int4,
    delivered: int4,
    verified: int4,
    conversion: nullable(float8),
    medianSecondsToDeliver: nullable(float8),
    failures: jsonbOf<SendStatistic['failures']>(),
    cost: float8,
  },
});

const DAY_MS = 86_400_000;

/**
 * Statistics of the codes sent from `since` on and before `until`, by day, country and channel, latest day first.
 *
 * @throws InvalidInput "until" when it is not after `since`, or more than 92 days after it; "country" when it is not
 * two letters
 */
export async function readStatistics(
  input: { since: Date; until: Date; country?: string | null | undefined; channel?: ChannelName | null | undefined },
  { database }: { database: Database },
): Promise<SendStatistic[]> {
  const { since, until, country, channel } = input;
  if (until <= since || until.getTime() - since.getTime() > STATISTICS_MAX_DAYS * DAY_MS)
    throw new InvalidInput('until');
  if (country && !/^[a-z]{2}$/i.test(country)) throw new InvalidInput('country');
  return database.query(READ_STATISTICS, {
    since,
    until,
    country: country?.toUpperCase(),
    channel,
  });
}
