-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/log/sms-log.ts
-- :deliveryId  uuid
-- :channel     text
-- :maskedPhone text
-- :country     text, or null
-- :purpose     delivery_purpose
-- :locale      text
-- :userId      uuid
INSERT INTO sms_log (id, user_id, channel, masked_phone, country, purpose, locale)
SELECT
  :deliveryId::uuid,
  u.id,
  :channel,
  :maskedPhone,
  :country,
  :purpose,
  :locale
FROM users u
WHERE u.id = :userId
FOR KEY SHARE
RETURNING id
