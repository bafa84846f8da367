-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/decoy/recent-outcomes.ts
-- :channel text
SELECT
  latency_ms,
  CASE
    WHEN (
      status = 'FAILED'
      AND provider_id IS NULL
    ) THEN failure
  END AS failure,
  CASE
    WHEN (
      status = 'FAILED'
      AND provider_id IS NULL
    ) THEN detail
  END AS detail,
  created_at > now() - interval '60 seconds' AS current
FROM
  (
    SELECT *
    FROM sms_log
    WHERE
      channel = :channel
      AND purpose = 'LOGIN_CODE'
      AND failure IS DISTINCT FROM 'suppressed'
      AND detail IS DISTINCT FROM 'suppressed'
    ORDER BY created_at DESC
    LIMIT 300
  ) AS recent
WHERE latency_ms IS NOT NULL
ORDER BY created_at DESC
