-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/migration-status.ts
SELECT
  migration_name::text,
  checksum::text,
  finished_at IS NOT NULL AS finished,
  coalesce(logs, '') <> '' AS has_error
FROM _prisma_migrations
WHERE rolled_back_at IS NULL
