-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/migrate.ts
-- :lock int8
SELECT 1 AS taken
FROM pg_advisory_lock(:lock)
