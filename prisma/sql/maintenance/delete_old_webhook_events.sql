-- Printed by "npm run sql". Do not edit.
-- Declared in src/maintenance/delete-old-webhook-events.ts
DELETE FROM webhook_events
WHERE
  (instance, type_webhook, id_message, status) IN (
    SELECT
      instance,
      type_webhook,
      id_message,
      status
    FROM webhook_events
    WHERE received_at < now() - interval '48 hours'
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  )
RETURNING id_message
