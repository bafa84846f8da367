-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/migration-status.ts
SELECT
  to_regclass('_prisma_migrations') IS NOT NULL AS has_migrations,
  EXISTS (
    SELECT
    FROM pg_tables
    WHERE schemaname = current_schema()
  ) AS has_tables
