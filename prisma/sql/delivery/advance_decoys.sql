-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/decoy/decoy-delivery.ts
UPDATE sms_log d
SET
  status = CASE d.status
    WHEN 'ACCEPTED' THEN 'SENT'
    ELSE 'DELIVERED'
  END::delivery_status,
  poll_at = CASE d.status
    WHEN 'ACCEPTED' THEN now() + (now() - d.created_at)
  END,
  delivered_at = CASE d.status
    WHEN 'ACCEPTED' THEN NULL
    ELSE now()
  END,
  failover_at = CASE d.status
    WHEN 'ACCEPTED' THEN d.failover_at
    ELSE d.created_at + ceil(
      extract(
        epoch
        FROM now() - d.created_at
      ) / 5
    ) * interval '5 seconds'
  END,
  updated_at = now()
FROM
  (
    SELECT id
    FROM sms_log
    WHERE
      poll_at <= now()
      AND failure = 'suppressed'
    LIMIT 100
    FOR UPDATE SKIP LOCKED
  ) due
WHERE d.id = due.id
