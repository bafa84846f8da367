-- Printed by "npm run sql". Do not edit.
-- Declared in src/maintenance/partitions.ts
-- :table text
SELECT created
FROM create_partition (:table) AS created
WHERE created IS NOT NULL
