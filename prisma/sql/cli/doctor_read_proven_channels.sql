-- Printed by "npm run sql". Do not edit.
-- Declared in src/cli/doctor/sms-log.ts
-- :channels  text[]
-- :templates text[]
SELECT DISTINCT channel
FROM sms_log
WHERE
  channel = ANY (:channels::text[])
  AND provider_id IS NOT NULL
  AND (
    channel = 'kavenegar-sms'
    OR template = ANY (:templates::text[])
  )
