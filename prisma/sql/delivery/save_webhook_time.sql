-- Printed by "npm run sql". Do not edit.
-- Sent by src/delivery/channels/green-api/webhook-monitor.ts
-- :account text
INSERT INTO provider_accounts (account, webhook_at)
VALUES (:account, now())
ON CONFLICT (account) DO UPDATE
SET webhook_at = now()
