-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/whatsapp/why-not-expected.ts
-- :instance  text
-- :idMessage text
-- :attemptId uuid
SELECT
  EXISTS (
    SELECT 1
    FROM webhook_events
    WHERE
      instance = :instance
      AND type_webhook = 'incomingMessageReceived'
      AND id_message = :idMessage
      AND status = ''
  ) AS seen,
  EXISTS (
    SELECT 1
    FROM login_attempts
    WHERE
      id = :attemptId
      AND method = 'WHATSAPP'
      AND status = 'PENDING'
      AND expires_at > now()
  ) AS waiting
