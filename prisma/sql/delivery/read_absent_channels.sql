-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/log/absent-channels.ts
-- :phone    text
-- :channels text[]
SELECT DISTINCT d.channel
FROM
  login_attempts a
  JOIN sms_log d ON d.attempt_id = a.id
WHERE
  a.phone = :phone
  AND d.channel = ANY (:channels::text[])
  AND d.created_at > now() - interval '7 days'
  AND d.blocked_by IS NULL
  AND (
    d.failure = 'not_on_channel'
    OR d.failure = 'suppressed'
    AND d.detail = 'not_on_channel'
    AND coalesce(d.failover_at, now()) <= now()
  )
  AND NOT EXISTS (
    SELECT
    FROM
      login_attempts other
      JOIN sms_log arrived ON arrived.attempt_id = other.id
    WHERE
      other.phone = :phone
      AND arrived.channel = d.channel
      AND arrived.delivered_at > d.created_at
      AND arrived.blocked_by IS NULL
  )
