import { minUuidAtSql } from '../../db/uuid-time.js';

/** SQL: the start of the hour of a time, in UTC: some time zones are half an hour off. */
export const hourOf = (moment: string) => `date_trunc('hour', ${moment}, 'UTC')`;

/** SQL: the start of the day of a time, in UTC. */
export const dayOf = (moment: string) => `date_trunc('day', ${moment}, 'UTC')`;

/** SQL: the columns of a group, as `send_statistics` and `send_statistics_days` store them in `groups`. */
export const GROUP_COLUMNS = `country text, channel text, tried int, sent int, delivered int, verified int, cost bigint, failures jsonb, seconds jsonb`;

/** SQL: seconds until a message arrived, rounded so that an hour has few values: 0.1 s below 10 s, 1 s below 2 minutes, else a minute. */
const ROUNDED_SECONDS = `CASE
  WHEN d.delivered_at - d.created_at < interval '10 seconds' THEN round(extract(epoch FROM d.delivered_at - d.created_at), 1)
  WHEN d.delivered_at - d.created_at < interval '2 minutes' THEN round(extract(epoch FROM d.delivered_at - d.created_at))
  ELSE round(extract(epoch FROM d.delivered_at - d.created_at) / 60) * 60 END`;

/**
 * SQL: the deliveries of login codes within the periods `periods (hour, since, until)`, counted by hour, country and channel. A used code
 * counts for the last delivery of its attempt that was sent. Decoys are not counted. These are common table expressions, the last of which
 * is `groups_by_hour`. See docs/decisions/0056.
 *
 * @param condition SQL: which deliveries `d` are counted
 */
export const countGroups = (periods: string, condition: string) => `
  deliveries AS (
    SELECT ${periods}.hour, d.country, d.channel, d.status, d.cost, d.delivered_at,
           d.status NOT IN ('QUEUED', 'FAILED') AS sent,
           CASE WHEN d.status IN ('FAILED', 'UNDELIVERED') THEN coalesce(d.failure, 'undelivered') END AS reason,
           CASE WHEN d.delivered_at IS NOT NULL THEN ${ROUNDED_SECONDS} END AS seconds,
           d.status NOT IN ('QUEUED', 'FAILED', 'UNDELIVERED')
             AND EXISTS (SELECT FROM login_attempts a WHERE a.id = d.attempt_id AND a.status = 'CLAIMED')
             AND NOT EXISTS (
               SELECT FROM sms_log later
               WHERE later.attempt_id = d.attempt_id AND later.status NOT IN ('QUEUED', 'FAILED', 'UNDELIVERED')
                 AND (later.created_at, later.id) > (d.created_at, d.id)
             ) AS verified
    FROM ${periods} CROSS JOIN LATERAL (
      SELECT * FROM sms_log
      WHERE id >= ${minUuidAtSql(`${periods}.since`)} AND id < ${minUuidAtSql(`${periods}.until`)}
      OFFSET 0
    ) AS d
    WHERE d.purpose = 'LOGIN_CODE' AND d.failure IS DISTINCT FROM 'suppressed' AND d.detail IS DISTINCT FROM 'suppressed'
      AND ${condition}
  ),
  failures_by_hour AS (
    SELECT hour, country, channel, jsonb_object_agg(reason, count) AS failures FROM (
      SELECT hour, country, channel, reason, count(*) AS count FROM deliveries WHERE reason IS NOT NULL GROUP BY 1, 2, 3, 4
    ) AS counts GROUP BY 1, 2, 3
  ),
  seconds_by_hour AS (
    SELECT hour, country, channel, jsonb_object_agg(seconds, count) AS seconds FROM (
      SELECT hour, country, channel, seconds, count(*) AS count FROM deliveries WHERE seconds IS NOT NULL GROUP BY 1, 2, 3, 4
    ) AS counts GROUP BY 1, 2, 3
  ),
  totals_by_hour AS (
    SELECT hour, country, channel, count(*)::int AS tried, count(*) FILTER (WHERE sent)::int AS sent, count(delivered_at)::int AS delivered,
           count(*) FILTER (WHERE verified)::int AS verified, coalesce(sum(cost), 0)::bigint AS cost
    FROM deliveries GROUP BY 1, 2, 3
  ),
  groups_by_hour AS (
    SELECT t.*, coalesce(f.failures, '{}') AS failures, coalesce(s.seconds, '{}') AS seconds
    FROM totals_by_hour t
    LEFT JOIN failures_by_hour f ON f.hour = t.hour AND f.channel = t.channel AND f.country IS NOT DISTINCT FROM t.country
    LEFT JOIN seconds_by_hour s ON s.hour = t.hour AND s.channel = t.channel AND s.country IS NOT DISTINCT FROM t.country
  )`;
