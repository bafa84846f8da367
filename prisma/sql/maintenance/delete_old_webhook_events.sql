-- Printed by "npm run sql". Do not edit.
-- Sent by src/maintenance/cleanup.ts
DELETE FROM webhook_events
WHERE received_at < now() - interval '48 hours'
