-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/decoy/decoy-delivery.ts
-- :template       text
-- :locale         text
-- :latencyMs      int4
-- :receiptSeconds int4
-- :deliveryId     uuid
WITH
  accepted_decoy AS (
    UPDATE sms_log d
    SET
      status = 'ACCEPTED',
      template = :template,
      locale = :locale,
      latency_ms = :latencyMs,
      updated_at = now(),
      failover_at = CASE
        WHEN :receiptSeconds::int > 0
        AND cardinality(d.next_channels) > 0 THEN now() + :receiptSeconds::int * interval '1 second'
      END,
      poll_at = now() + (
        SELECT (delivered_at - created_at) / 2
        FROM sms_log latest
        WHERE
          latest.channel = d.channel
          AND latest.delivered_at IS NOT NULL
          AND latest.failure IS NULL
        ORDER BY latest.delivered_at DESC
        LIMIT 1
      )
    WHERE
      d.id = :deliveryId
      AND d.status = 'QUEUED'
    RETURNING d.attempt_id
  )
UPDATE login_attempts a
SET version = version + 1
FROM accepted_decoy
WHERE
  a.id = accepted_decoy.attempt_id
  AND a.status = 'PENDING'
