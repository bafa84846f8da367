-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/check-writable.ts
SELECT
  current_setting('transaction_read_only') = 'on' AS read_only,
  (
    SELECT count(*)::int
    FROM
      generate_series(
        1,
        (
          SELECT 3000
          FROM set_config('work_mem', '64kB', true)
        )
      )
  ) AS rows
