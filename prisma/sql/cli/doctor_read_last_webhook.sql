-- Printed by "npm run sql". Do not edit.
-- Sent by src/cli/doctor/green-api.ts
-- :account text
SELECT webhook_at
FROM provider_accounts
WHERE account = :account
