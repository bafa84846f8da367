-- Printed by "npm run sql". Do not edit.
-- Declared in src/sessions/signing-keys.ts
-- :lock int8
SELECT 1 AS locked
FROM pg_advisory_xact_lock(:lock)
