-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/log/receipts.ts
-- :channels   text[]
-- :providerId text
-- :deliveryId uuid
-- :status     delivery_status
-- :failure    text, or null
-- :detail     text, or null
WITH
  found_delivery AS (
    SELECT id
    FROM
      (
        SELECT
          id,
          1 AS rank,
          created_at
        FROM sms_log
        WHERE
          channel = ANY (:channels::text[])
          AND provider_id = :providerId
        UNION ALL
        SELECT
          s.id,
          2,
          s.created_at
        FROM sms_log s
        WHERE
          s.id = :deliveryId
          AND s.channel = ANY (:channels::text[])
          AND s.status = 'QUEUED'
          AND s.provider_id IS NULL
          AND s.failure IS NULL
          AND s.masked_phone <> ''
      ) candidates
    ORDER BY
      rank,
      created_at
    LIMIT 1
  ),
  updated_delivery AS (
    UPDATE sms_log d
    SET
      status = :status::delivery_status,
      failure = coalesce(:failure, d.failure),
      detail = coalesce(:detail, d.detail),
      provider_id = :providerId,
      updated_at = now(),
      delivered_at = CASE
        WHEN :status IN ('DELIVERED', 'READ') THEN coalesce(d.delivered_at, now())
      END,
      failover_at = CASE
        WHEN :status IN ('ACCEPTED', 'SENT')
        OR d.delivered_at IS NOT NULL THEN d.failover_at
        WHEN :status IN ('UNDELIVERED', 'FAILED')
        AND cardinality(d.next_channels) > 0 THEN now()
        WHEN d.attempt_id IS NOT NULL THEN d.created_at + ceil(
          extract(
            epoch
            FROM now() - d.created_at
          ) / 5
        ) * interval '5 seconds'
      END,
      poll_at = CASE
        WHEN :status IN ('ACCEPTED', 'SENT') THEN d.poll_at
      END
    FROM found_delivery
    WHERE
      d.id = found_delivery.id
      AND (
        (
          d.status IN ('QUEUED', 'ACCEPTED', 'SENT')
          AND :status::delivery_status > d.status
        )
        OR (
          d.status = 'DELIVERED'
          AND :status = 'READ'
        )
      )
    RETURNING
      d.id,
      d.attempt_id,
      d.channel,
      d.created_at
  ),
  late_change AS (
    INSERT INTO send_statistics AS s (hour, changes, changed_at)
    SELECT
      date_trunc('hour', created_at, 'UTC'),
      1,
      now()
    FROM updated_delivery
    WHERE created_at < now() - interval '2 hours'
    ON CONFLICT (hour) DO UPDATE
    SET
      changes = s.changes + 1,
      changed_at = coalesce(s.changed_at, now())
  )
SELECT
  id,
  attempt_id,
  channel
FROM updated_delivery
