-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/decoy/decoy-delivery.ts
WITH
  due AS (
    SELECT id
    FROM sms_log
    WHERE
      poll_at <= now()
      AND failure = 'suppressed'
    LIMIT 100
    FOR UPDATE SKIP LOCKED
  ),
  advanced_decoys AS (
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
      END,
      updated_at = now()
    FROM due
    WHERE d.id = due.id
    RETURNING d.attempt_id
  ),
  watchers_notified AS (
    UPDATE login_attempts a
    SET version = version + 1
    FROM advanced_decoys
    WHERE
      a.id = advanced_decoys.attempt_id
      AND a.status = 'PENDING'
  )
SELECT attempt_id
FROM advanced_decoys
