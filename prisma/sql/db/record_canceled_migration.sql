-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/migration-lock-wait.ts
UPDATE _prisma_migrations
SET rolled_back_at = now()
WHERE
  finished_at IS NULL
  AND rolled_back_at IS NULL
