-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/migrate.ts
-- :lock       int8
-- :prismaLock int8
SELECT
  pg_try_advisory_xact_lock(:lock)
  AND pg_try_advisory_xact_lock(:prismaLock) AS taken
