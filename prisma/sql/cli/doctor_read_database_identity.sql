-- Printed by "npm run sql". Do not edit.
-- Declared in src/cli/doctor/direct-database.ts
SELECT
  concat_ws(
    ' ',
    extract(
      epoch
      FROM pg_postmaster_start_time()
    ),
    d.oid,
    current_schema()
  ) AS identity
FROM pg_database d
WHERE d.datname = current_database()
