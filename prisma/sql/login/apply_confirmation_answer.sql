-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/whatsapp/confirm.ts
-- :instance   text
-- :idMessage  text
-- :verdict    text
-- :attemptIds uuid[]
-- :sentAt     timestamptz
WITH
  event AS (
    INSERT INTO webhook_events (instance, type_webhook, id_message, status)
    VALUES (:instance, 'incomingMessageReceived', :idMessage, '')
    ON CONFLICT DO NOTHING
    RETURNING id_message
  )
UPDATE login_attempts a
SET
  tries = CASE
    WHEN :verdict = 'wrong' THEN a.tries + 1
    ELSE a.tries
  END,
  status = CASE
    WHEN :verdict = 'right' THEN 'COMPLETED'
    WHEN :verdict = 'ambiguous' THEN 'CANCELED'
    WHEN a.tries + 1 >= 3 THEN 'FAILED'
    ELSE 'CONFIRMING'
  END::login_attempt_status,
  failure_reason = CASE
    WHEN :verdict = 'wrong'
    AND a.tries + 1 >= 3 THEN 'TOO_MANY_TRIES'::failure_reason
  END,
  confirmed_by = CASE
    WHEN :verdict = 'right' THEN 'user'
  END,
  expires_at = CASE
    WHEN :verdict = 'right' THEN greatest(a.expires_at, now() + interval '60 seconds')
    ELSE a.expires_at
  END,
  version = a.version + 1
FROM event
WHERE
  a.id = ANY (:attemptIds::uuid[])
  AND a.status = 'CONFIRMING'
  AND a.expires_at > now()
  AND :sentAt::timestamptz BETWEEN a.completed_at - interval '10 seconds' AND now() + interval '60 seconds'
RETURNING
  a.id,
  a.method,
  a.phone,
  a.expires_at,
  a.failure_reason,
  a.key_id,
  a.code_salt,
  a.tries,
  a.needs_approval,
  a.status,
  a.version
