-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/captcha/solutions.ts
-- :phoneHash   bytea, or null
-- :networkHash bytea
SELECT
  greatest(
    (
      SELECT count(*)::int
      FROM
        (
          SELECT
          FROM captcha_solutions
          WHERE
            phone_hash = :phoneHash
            AND solved_at > now() - interval '1 hour'
          LIMIT 4
        ) AS lately
    ),
    (
      SELECT count(*)::int
      FROM
        (
          SELECT
          FROM captcha_solutions
          WHERE
            network_hash = :networkHash
            AND solved_at > now() - interval '1 hour'
          LIMIT 80
        ) AS lately
    ) / 20
  ) AS doublings
