-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/log/release-queued.ts
-- :detail  text
-- :channel text
UPDATE sms_log
SET
  failover_at = now(),
  detail = CASE
    WHEN failure IS NULL THEN :detail
    ELSE detail
  END
WHERE
  channel = :channel
  AND status = 'ACCEPTED'
  AND failover_at > now()
  AND cardinality(next_channels) > 0
RETURNING id
