-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/database.ts
SELECT 1 AS answer
