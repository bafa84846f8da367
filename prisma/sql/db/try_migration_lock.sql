-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/migrate.ts
-- :lock int8
SELECT pg_try_advisory_lock(:lock) AS taken
