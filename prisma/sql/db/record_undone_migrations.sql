-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/undone-migrations.ts
-- :names text[]
UPDATE _prisma_migrations
SET rolled_back_at = now()
WHERE
  finished_at IS NULL
  AND rolled_back_at IS NULL
  AND migration_name = ANY (:names::text[])
