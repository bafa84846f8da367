-- Printed by "npm run sql". Do not edit.
-- Declared in src/users/import/staging.ts
CREATE TEMP TABLE import_lines (line int PRIMARY KEY, phone text NOT NULL UNIQUE, name text, role text, locale text) ON
COMMIT
DROP
