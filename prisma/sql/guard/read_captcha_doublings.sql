-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/captcha/solutions.ts
-- :phoneHash   bytea, or null
-- :networkHash bytea
-- :phone       text, or null
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
        ) AS solved
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
        ) AS solved
    ) / 20
  ) + coalesce(
    (
      SELECT least(2, greatest(0, b.day_sends / 100 - 40) / 20)
      FROM budgets b
      WHERE
        b.subject = :phone
        AND b.day_started_at > now() - interval '1 day'
    ),
    0
  )::int AS doublings
