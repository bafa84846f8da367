-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/migrate.ts
BEGIN
