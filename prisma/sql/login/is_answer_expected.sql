-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/whatsapp/expected-message.ts
-- :instance  text
-- :idMessage text
-- :isNo      bool
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
      status = 'CONFIRMING'
      AND expires_at > now()
  )
  OR (
    :isNo::boolean
    AND EXISTS (
      SELECT 1
      FROM notifications
      WHERE
        purpose = 'NEW_DEVICE'
        AND answered_at IS NULL
        AND created_at > now() - interval '24 hours'
    )
  ) AS waiting
