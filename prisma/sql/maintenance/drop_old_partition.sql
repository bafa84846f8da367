-- Printed by "npm run sql". Do not edit.
-- Declared in src/maintenance/partitions.ts
-- :table     text
-- :firstKept uuid
SELECT dropped
FROM drop_old_partition (:table, :firstKept) AS dropped
WHERE dropped IS NOT NULL
