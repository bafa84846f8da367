-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/decoy/recent-outcomes.ts
-- :channel text
SELECT
  CASE
    WHEN delivered_at IS NOT NULL THEN 'delivered'
    WHEN status IN ('FAILED', 'UNDELIVERED') THEN 'failed'
    ELSE 'none'
  END AS outcome,
  failure,
  greatest(
    0,
    coalesce(
      extract(
        epoch
        FROM
          CASE
            WHEN delivered_at IS NOT NULL THEN delivered_at
            WHEN status IN ('FAILED', 'UNDELIVERED') THEN updated_at
          END - created_at
      ) * 1000 - latency_ms,
      0
    )
  )::int AS after_ms,
  delivered_at IS NULL
  AND status NOT IN ('FAILED', 'UNDELIVERED')
  AND EXISTS (
    SELECT
    FROM login_attempts a
    WHERE
      a.id = recent.attempt_id
      AND a.status IN ('CONFIRMING', 'COMPLETED', 'CLAIMED')
      AND NOT EXISTS (
        SELECT
        FROM sms_log other
        WHERE
          other.attempt_id = a.id
          AND other.id <> recent.id
      )
  ) AS used_without_receipt
FROM
  (
    SELECT *
    FROM sms_log
    WHERE
      channel = :channel
      AND purpose = 'LOGIN_CODE'
      AND failure IS DISTINCT FROM 'suppressed'
      AND detail IS DISTINCT FROM 'suppressed'
      AND created_at < now() - interval '600 seconds'
    ORDER BY created_at DESC
    LIMIT 300
  ) AS recent
WHERE
  latency_ms IS NOT NULL
  AND NOT (
    status = 'FAILED'
    AND provider_id IS NULL
  )
