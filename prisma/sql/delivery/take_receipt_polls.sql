-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/log/poll-receipts.ts
-- :channel text
UPDATE sms_log d
SET
  poll_at = CASE
    WHEN now() - d.created_at < interval '48 hours' THEN least(
      now() + greatest(interval '2 seconds', (now() - d.created_at) / 2),
      CASE
        WHEN d.failover_at > now() + interval '3 seconds' THEN d.failover_at - interval '2 seconds'
      END
    )
  END
FROM
  (
    SELECT id
    FROM sms_log
    WHERE
      poll_at <= now()
      AND channel = :channel
      AND failure IS NULL
    ORDER BY poll_at
    LIMIT 100
    FOR UPDATE SKIP LOCKED
  ) due
WHERE d.id = due.id
RETURNING
  d.provider_id,
  d.status
