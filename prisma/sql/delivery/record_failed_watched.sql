-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/log/record-failed.ts
-- :failure            text
-- :detail             text
-- :template           text
-- :locale             text
-- :latencyMs          int4
-- :blockedBy          text, or null
-- :deliveryId         uuid
-- :refused            bool
-- :nextDeliveryId     uuid, or null
-- :nextChannel        text, or null
-- :nextLocale         text, or null
-- :nextIsDecoy        bool
-- :nextChannels       text[]
-- :nextOverdueSeconds int4, or null
WITH
  failed_delivery AS (
    UPDATE sms_log
    SET
      status = 'FAILED',
      failure = :failure,
      detail = :detail,
      template = :template,
      locale = :locale,
      latency_ms = :latencyMs,
      blocked_by = coalesce(:blockedBy, blocked_by),
      failover_at = NULL,
      poll_at = NULL,
      provider_id = NULL,
      delivered_at = NULL,
      updated_at = now()
    WHERE
      id = :deliveryId
      AND (
        status = 'QUEUED'
        OR :refused::boolean
      )
    RETURNING
      id,
      attempt_id,
      masked_phone,
      country,
      purpose,
      created_at,
      blocked_by
  ),
  next_delivery AS (
    INSERT INTO
      sms_log (
        id,
        attempt_id,
        channel,
        masked_phone,
        country,
        purpose,
        locale,
        failure,
        next_channels,
        failover_at,
        blocked_by
      )
    SELECT
      :nextDeliveryId::uuid,
      attempt_id,
      :nextChannel,
      masked_phone,
      country,
      purpose,
      :nextLocale,
      CASE
        WHEN :nextIsDecoy::boolean THEN 'suppressed'
      END,
      :nextChannels::text[],
      now() + :nextOverdueSeconds::int * interval '1 second',
      blocked_by
    FROM failed_delivery f
    WHERE
      :nextDeliveryId::uuid IS NOT NULL
      AND EXISTS (
        SELECT
        FROM login_attempts a
        WHERE
          a.id = f.attempt_id
          AND a.status = 'PENDING'
          AND a.expires_at > now()
      )
      AND NOT EXISTS (
        SELECT
        FROM sms_log other
        WHERE
          other.attempt_id = f.attempt_id
          AND other.id <> f.id
          AND (
            other.delivered_at >= f.created_at
            OR (other.created_at, other.id) > (f.created_at, f.id)
          )
      )
    RETURNING id
  ),
  watchers_notified AS (
    UPDATE login_attempts a
    SET version = version + 1
    FROM failed_delivery
    WHERE
      a.id = failed_delivery.attempt_id
      AND a.status = 'PENDING'
  )
SELECT
  EXISTS (
    SELECT
    FROM next_delivery
  ) AS continues
FROM failed_delivery
