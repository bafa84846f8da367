-- Printed by "npm run sql". Do not edit.
-- Declared in src/users/import/staging.ts
-- On a connection that has run users/create_import_lines
-- :lines   int4[]
-- :phones  text[]
-- :names   text[]
-- :roles   text[]
-- :locales text[]
INSERT INTO import_lines (line, phone, name, role, locale)
SELECT *
FROM unnest(:lines::int[], :phones::text[], :names::text[], :roles::text[], :locales::text[])
