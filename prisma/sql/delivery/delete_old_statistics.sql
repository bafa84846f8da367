-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/statistics/count-hours.ts
WITH
  days AS (
    DELETE FROM send_statistics_days
    WHERE day < now() - interval '2 years'
  )
DELETE FROM send_statistics
WHERE hour < now() - interval '2 years'
