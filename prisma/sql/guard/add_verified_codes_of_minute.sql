-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/guesses/count-right-codes.ts
-- :verified int4
INSERT INTO guess_minutes AS m (minute, shard, failed, verified)
SELECT
  date_trunc('minute', now()),
  floor(random() * 4)::int,
  failed,
  verified
FROM
  (
    SELECT
      0 AS failed,
      :verified::int AS verified
  ) AS added
ON CONFLICT (minute, shard) DO UPDATE
SET
  failed = m.failed + excluded.failed,
  verified = m.verified + excluded.verified
