-- Printed by "npm run sql". Do not edit.
-- Declared in src/sessions/signing-keys.ts
DELETE FROM signing_keys
WHERE
  kid IN (
    SELECT kid
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
    WHERE superseded_at + interval '630 seconds' < now() - interval '1 day'
  )
