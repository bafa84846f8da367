-- Printed by "npm run sql". Do not edit.
-- Declared in src/sessions/signing-keys.ts
SELECT
  kid,
  public_jwk,
  private_key_encrypted,
  key_id,
  extract(
    epoch
    FROM activates_at - now()
  )::float AS activates_in
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
WHERE
  superseded_at IS NULL
  OR superseded_at + interval '630 seconds' > now()
ORDER BY
  activates_at,
  created_at,
  kid
