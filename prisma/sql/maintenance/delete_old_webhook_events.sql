-- Printed by "npm run sql". Do not edit.
-- Declared in src/maintenance/delete-old-webhook-events.ts
DELETE FROM webhook_events
WHERE received_at < now() - interval '48 hours'
