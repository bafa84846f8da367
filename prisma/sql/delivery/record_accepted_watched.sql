-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/log/record-accepted.ts
-- :providerId     text, or null
-- :status         delivery_status
-- :template       text
-- :locale         text
-- :latencyMs      int4
-- :segments       int2, or null
-- :cost           int4, or null
-- :receiptSeconds int4
-- :polled         bool
-- :deliveryId     uuid
WITH
  accepted_delivery AS (
    UPDATE sms_log d
    SET
      status = CASE
        WHEN (
          d.status = 'QUEUED'
          OR (
            :providerId::text IS NOT NULL
            AND d.provider_id IS DISTINCT FROM :providerId
          )
        ) THEN :status::delivery_status
        ELSE d.status
      END,
      provider_id = CASE
        WHEN NOT d.masked_phone = '' THEN coalesce(:providerId, d.provider_id)
      END,
      template = :template,
      locale = :locale,
      latency_ms = :latencyMs,
      segments = :segments,
      cost = :cost,
      updated_at = now(),
      failover_at = CASE
        WHEN (
          (
            d.status = 'QUEUED'
            OR (
              :providerId::text IS NOT NULL
              AND d.provider_id IS DISTINCT FROM :providerId
            )
          )
          AND :status <> 'DELIVERED'
          OR NOT (
            d.status = 'QUEUED'
            OR (
              :providerId::text IS NOT NULL
              AND d.provider_id IS DISTINCT FROM :providerId
            )
          )
          AND d.status IN ('ACCEPTED', 'SENT')
        ) THEN CASE
          WHEN :receiptSeconds::int > 0
          AND cardinality(d.next_channels) > 0 THEN now() + :receiptSeconds::int * interval '1 second'
        END
        WHEN NOT (
          d.status = 'QUEUED'
          OR (
            :providerId::text IS NOT NULL
            AND d.provider_id IS DISTINCT FROM :providerId
          )
        ) THEN d.failover_at
      END,
      poll_at = CASE
        WHEN :polled::boolean
        AND NOT d.masked_phone = ''
        AND (
          (
            d.status = 'QUEUED'
            OR (
              :providerId::text IS NOT NULL
              AND d.provider_id IS DISTINCT FROM :providerId
            )
          )
          AND :status <> 'DELIVERED'
          OR NOT (
            d.status = 'QUEUED'
            OR (
              :providerId::text IS NOT NULL
              AND d.provider_id IS DISTINCT FROM :providerId
            )
          )
          AND d.status IN ('ACCEPTED', 'SENT')
        ) THEN now() + interval '2 seconds'
      END,
      delivered_at = CASE
        WHEN (
          d.status = 'QUEUED'
          OR (
            :providerId::text IS NOT NULL
            AND d.provider_id IS DISTINCT FROM :providerId
          )
        )
        AND :status = 'DELIVERED' THEN now()
        ELSE d.delivered_at
      END
    FROM
      (
        SELECT set_config('synchronous_commit', 'off', true) AS setting
      ) AS async_commit
    WHERE
      d.id = :deliveryId
      AND d.status <> 'FAILED'
      AND async_commit.setting = 'off'
    RETURNING d.attempt_id
  )
UPDATE login_attempts a
SET version = version + 1
FROM accepted_delivery
WHERE
  a.id = accepted_delivery.attempt_id
  AND a.status = 'PENDING'
