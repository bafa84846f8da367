-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/whatsapp/expected-message.ts
-- :instance  text
-- :idMessage text
-- :attemptId uuid
-- :lid       text
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
  ) AS waiting,
  known.phone,
  known.role,
  known.whatsapp_lid_checked_at
FROM
  (
    SELECT 1
  ) AS one_row
  LEFT JOIN users known ON known.whatsapp_lid = :lid
