-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/log/record-unanswered.ts
-- :detail     text
-- :template   text
-- :locale     text
-- :latencyMs  int4
-- :deliveryId uuid
-- :watched    bool
WITH
  unanswered AS (
    UPDATE sms_log
    SET
      detail = CASE
        WHEN failure = 'suppressed' THEN detail
        ELSE :detail
      END,
      template = :template,
      locale = :locale,
      latency_ms = :latencyMs,
      updated_at = now()
    WHERE
      id = :deliveryId
      AND status = 'QUEUED'
    RETURNING
      id,
      attempt_id
  ),
  watchers_notified AS (
    UPDATE login_attempts a
    SET version = version + 1
    FROM unanswered
    WHERE
      a.id = unanswered.attempt_id
      AND a.status = 'PENDING'
      AND :watched::boolean
  )
SELECT id
FROM unanswered
