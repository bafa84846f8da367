-- Printed by "npm run sql". Do not edit.
-- Declared in src/cli/doctor/green-api.ts
-- :account text
SELECT webhook_at
FROM provider_accounts
WHERE account = :account
