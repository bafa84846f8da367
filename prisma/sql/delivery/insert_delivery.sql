-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/log/sms-log.ts
-- :deliveryId     uuid
-- :attemptId      uuid
-- :channel        text
-- :maskedPhone    text
-- :country        text, or null
-- :purpose        delivery_purpose
-- :locale         text
-- :decoy          bool
-- :nextChannels   text[]
-- :overdueSeconds int4, or null
-- :blockedBy      text, or null
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
VALUES
  (
    :deliveryId,
    :attemptId,
    :channel,
    :maskedPhone,
    :country,
    :purpose,
    :locale,
    CASE
      WHEN :decoy::boolean THEN 'suppressed'
    END,
    :nextChannels,
    now() + :overdueSeconds::int * interval '1 second',
    :blockedBy
  )
