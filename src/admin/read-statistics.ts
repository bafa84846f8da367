import type { ChannelName } from '../config/config.js';
import type { Database, Statement } from '../db/database.js';
import { minUuidAt } from '../db/uuid-time.js';
import { InvalidInput } from '../domain-error.js';

/** What became of the codes of one day (UTC), to one country, by one channel. */
export interface SendStatistic {
  /** As 2026-11-21. */
  day: string;
  country: string | null;
  channel: ChannelName;
  /** Tries, also those that were refused. */
  tried: number;
  /** The provider took them. */
  sent: number;
  delivered: number;
  /** Their code was used: the last that was on its way then. */
  verified: number;
  /** verified / sent; none where nothing was sent. */
  conversion: number | null;
  medianSecondsToDeliver: number | null;
  failures: { reason: string; count: number }[];
  /** In the provider's own currency, as far as it tells: Kavenegar in Rial. */
  cost: number;
}

export const STATISTICS_MAX_DAYS = 92;

/** What was only seemingly sent to strangers counts for nothing. */
const STATISTICS: Statement = {
  name: 'send_statistics',
  text: `
    WITH tries AS (
      SELECT d.*, to_char(d.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day,
             d.status NOT IN ('QUEUED', 'FAILED') AS sent,
             CASE WHEN d.status IN ('FAILED', 'UNDELIVERED') THEN coalesce(d.failure, 'undelivered') END AS reason
      FROM sms_log d
      WHERE d.id >= $1::uuid AND d.id < $2::uuid AND d.purpose = 'LOGIN_CODE' AND d.failure IS DISTINCT FROM 'suppressed' AND d.detail IS DISTINCT FROM 'suppressed'
        AND ($3::text IS NULL OR d.country = $3) AND ($4::text IS NULL OR d.channel = $4)
    ),
    judged AS (
      SELECT t.*, t.sent AND t.status <> 'UNDELIVERED'
        AND EXISTS (SELECT FROM login_attempts a WHERE a.id = t.attempt_id AND a.status = 'CLAIMED')
        AND NOT EXISTS (
          SELECT FROM sms_log n WHERE n.attempt_id = t.attempt_id AND n.status NOT IN ('QUEUED', 'FAILED', 'UNDELIVERED')
            AND (n.created_at, n.id) > (t.created_at, t.id)
        ) AS verified
      FROM tries t
    ),
    failures AS (
      SELECT day, country, channel, jsonb_agg(jsonb_build_object('reason', reason, 'count', n) ORDER BY n DESC, reason) AS failures
      FROM (SELECT day, country, channel, reason, count(*) AS n FROM tries WHERE reason IS NOT NULL GROUP BY 1, 2, 3, 4) one
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
};

/** The codes sent from `since` on and before `until`, at most 92 days, by day, country and channel. @throws InvalidInput "until" or "country" */
export async function readStatistics(
  wanted: { since: Date; until: Date; country?: string | null | undefined; channel?: ChannelName | null | undefined },
  { database }: { database: Database },
): Promise<SendStatistic[]> {
  const { since, until, country, channel } = wanted;
  if (until <= since || until.getTime() - since.getTime() > STATISTICS_MAX_DAYS * 86_400_000)
    throw new InvalidInput('until');
  if (country && !/^[a-z]{2}$/i.test(country)) throw new InvalidInput('country');
  return database.query<SendStatistic>(STATISTICS, [
    minUuidAt(since),
    minUuidAt(until),
    country?.toUpperCase() ?? null,
    channel ?? null,
  ]);
}
