-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/decoy/decoy-delivery.ts
-- :status         delivery_status
-- :template       text
-- :locale         text
-- :latencyMs      int4
-- :detail         text, or null
-- :blockedBy      text, or null
-- :receiptSeconds int4
-- :afterMs        int4
-- :deliveryId     uuid
UPDATE sms_log d
SET
  status = :status::delivery_status,
  template = :template,
  locale = :locale,
  latency_ms = :latencyMs,
  failure = 'suppressed',
  detail = :detail,
  blocked_by = coalesce(:blockedBy, d.blocked_by),
  updated_at = now(),
  failover_at = CASE
    WHEN :status = 'ACCEPTED' THEN CASE
      WHEN :receiptSeconds::int > 0
      AND cardinality(d.next_channels) > 0 THEN now() + :receiptSeconds::int * interval '1 second'
    END
    WHEN :status = 'UNDELIVERED'
    AND cardinality(d.next_channels) > 0 THEN now() + :afterMs::int * interval '1 millisecond'
    ELSE d.created_at + ceil(
      extract(
        epoch
        FROM (now() + :afterMs::int * interval '1 millisecond') - d.created_at
      ) / 5
    ) * interval '5 seconds'
  END,
  delivered_at = CASE
    WHEN :status = 'DELIVERED' THEN now()
  END
FROM
  (
    SELECT set_config('synchronous_commit', 'off', true) AS setting
  ) AS async_commit
WHERE
  d.id = :deliveryId
  AND d.status = 'QUEUED'
  AND async_commit.setting = 'off'
