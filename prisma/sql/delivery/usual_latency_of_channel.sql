-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/decoy/recent-outcomes.ts
-- :channel text
SELECT latency_ms
FROM sms_log
WHERE
  channel = :channel
  AND delivered_at IS NOT NULL
  AND failure IS NULL
ORDER BY delivered_at DESC
LIMIT 1
