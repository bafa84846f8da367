-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/log/record-refusal.ts
-- :refusalId  uuid
-- :locale     text
-- :template   text
-- :failure    text
-- :detail     text
-- :latencyMs  int4
-- :deliveryId uuid
INSERT INTO
  sms_log (
    id,
    attempt_id,
    channel,
    masked_phone,
    country,
    purpose,
    locale,
    template,
    status,
    failure,
    detail,
    latency_ms,
    next_channels,
    created_at
  )
SELECT
  :refusalId::uuid,
  attempt_id,
  channel,
  masked_phone,
  country,
  purpose,
  :locale,
  :template,
  'FAILED',
  :failure,
  :detail,
  :latencyMs,
  next_channels,
  created_at - interval '1 millisecond'
FROM sms_log
WHERE
  id = :deliveryId
  AND masked_phone <> ''
