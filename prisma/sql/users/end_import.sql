-- Printed by "npm run sql". Do not edit.
-- Declared in src/users/import/staging.ts
ROLLBACK
