import type { ChannelName } from '../config/config.js';
import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { float8, int4, jsonbOf, nullable, text, textOf, uuid } from '../db/types.js';
import { minUuidAt } from '../db/uuid-time.js';
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

/** Decoys are not counted. */
const READ_STATISTICS = statement({
  name: 'admin/read_send_statistics',
  sql: `
    WITH deliveries AS (
      SELECT d.*, to_char(d.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day,
             d.status NOT IN ('QUEUED', 'FAILED') AS sent,
             CASE WHEN d.status IN ('FAILED', 'UNDELIVERED') THEN coalesce(d.failure, 'undelivered') END AS reason
      FROM sms_log d
      WHERE d.id >= :firstId AND d.id < :endId AND d.purpose = 'LOGIN_CODE'
        AND d.failure IS DISTINCT FROM 'suppressed' AND d.detail IS DISTINCT FROM 'suppressed'
        AND (:country::text IS NULL OR d.country = :country) AND (:channel::text IS NULL OR d.channel = :channel)
    ),
    judged AS (
      SELECT d.*, d.sent AND d.status <> 'UNDELIVERED'
        AND EXISTS (SELECT FROM login_attempts a WHERE a.id = d.attempt_id AND a.status = 'CLAIMED')
        AND NOT EXISTS (
          SELECT FROM sms_log later
          WHERE later.attempt_id = d.attempt_id AND later.status NOT IN ('QUEUED', 'FAILED', 'UNDELIVERED')
            AND (later.created_at, later.id) > (d.created_at, d.id)
        ) AS verified
      FROM deliveries d
    ),
    reason_counts AS (
      SELECT day, country, channel, reason, count(*) AS count FROM deliveries WHERE reason IS NOT NULL GROUP BY 1, 2, 3, 4
    ),
    failures AS (
      SELECT day, country, channel,
             jsonb_agg(jsonb_build_object('reason', reason, 'count', count) ORDER BY count DESC, reason) AS failures
      FROM reason_counts
      GROUP BY 1, 2, 3
    )
    SELECT j.day, j.country, j.channel, count(*)::int AS tried, count(*) FILTER (WHERE j.sent)::int AS sent,
           count(j.delivered_at)::int AS delivered, count(*) FILTER (WHERE j.verified)::int AS verified,
           (count(*) FILTER (WHERE j.verified))::float / nullif(count(*) FILTER (WHERE j.sent), 0) AS conversion,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM j.delivered_at - j.created_at)) AS "medianSecondsToDeliver",
           coalesce(f.failures, '[]') AS failures, coalesce(sum(j.cost), 0)::float AS cost
    FROM judged j
    LEFT JOIN failures f ON f.day = j.day AND f.channel = j.channel AND f.country IS NOT DISTINCT FROM j.country
    GROUP BY j.day, j.country, j.channel, f.failures
    ORDER BY j.day DESC, j.country, j.channel`,
  parameters: { firstId: uuid, endId: uuid, country: nullable(text), channel: nullable(text) },
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
    firstId: minUuidAt(since),
    endId: minUuidAt(until),
    country: country?.toUpperCase(),
    channel,
  });
}
