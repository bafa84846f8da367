-- Printed by "npm run sql". Do not edit.
-- Declared in src/users/import/staging.ts
SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY
