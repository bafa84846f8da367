-- Printed by "npm run sql". Do not edit.
-- Declared in src/sessions/list-keys.ts
SELECT
  kid,
  created_at,
  activates_at,
  key_id,
  superseded_at + interval '630 seconds' AS verifies_until,
  CASE
    WHEN activates_at > now() THEN 'published'
    WHEN superseded_at IS NULL
    OR superseded_at > now() THEN 'signs'
    WHEN superseded_at + interval '630 seconds' > now() THEN 'verifies'
    ELSE 'expired'
  END AS state
FROM
  (
    SELECT
      *,
      lead(activates_at) OVER (
        ORDER BY
          activates_at,
          created_at,
          kid
      ) AS superseded_at
    FROM signing_keys
  ) AS keys_in_order
ORDER BY
  activates_at DESC,
  created_at DESC,
  kid DESC
