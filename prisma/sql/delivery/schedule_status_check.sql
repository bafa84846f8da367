-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/log/poll-receipts.ts
-- :channels   text[]
-- :providerId text
UPDATE sms_log
SET poll_at = now()
WHERE
  channel = ANY (:channels::text[])
  AND provider_id = :providerId
  AND status IN ('ACCEPTED', 'SENT')
RETURNING id
