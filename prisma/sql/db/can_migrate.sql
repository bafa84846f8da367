-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/migrate.ts
SELECT
  coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)
  AND (
    to_regclass('_prisma_migrations') IS NOT NULL
    OR has_database_privilege(current_database(), 'CREATE')
  )
  AND coalesce(has_table_privilege(to_regclass('_prisma_migrations'), 'INSERT'), true) AS allowed
