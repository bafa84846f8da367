-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/require-schema.ts
SELECT current_schema()::text AS schema
