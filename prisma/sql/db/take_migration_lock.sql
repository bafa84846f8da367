-- Printed by "npm run sql". Do not edit.
-- Sent by src/db/migrate.ts
-- :lock int8
SELECT 1 AS taken
FROM pg_advisory_lock(:lock)
