-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/statistics/count-hours.ts
DELETE FROM send_statistics
WHERE hour < now() - interval '2 years'
