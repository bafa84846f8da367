-- Printed by "npm run sql". Do not edit.
-- Sent by src/sessions/authorization-codes/create.ts
DELETE FROM authorization_codes
WHERE created_at < now() - interval '1 day'
