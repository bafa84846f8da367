-- Printed by "npm run sql". Do not edit.
-- Declared in src/cli/doctor/sms-log.ts
SELECT
  channel,
  count(*) FILTER (
    WHERE
      status = 'UNDELIVERED'
      OR status = 'FAILED'
      AND provider_id IS NOT NULL
  )::int AS undelivered,
  count(*) FILTER (
    WHERE delivered_at IS NOT NULL
  )::int AS delivered,
  count(*) FILTER (
    WHERE detail LIKE 'HTTP 466%'
  )::int AS beyond_plan
FROM sms_log
WHERE
  created_at > now() - interval '1 day'
  AND failure IS DISTINCT FROM 'suppressed'
  AND detail IS DISTINCT FROM 'suppressed'
GROUP BY channel
ORDER BY channel
