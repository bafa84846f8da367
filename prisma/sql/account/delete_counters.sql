-- Printed by "npm run sql". Do not edit.
-- Declared in src/account/erase-user-sql.ts
-- :userId uuid
WITH
  failures AS (
    DELETE FROM guess_failures
    WHERE
      (
        subject = (
          SELECT phone
          FROM users
          WHERE id = :userId
        )
        OR (
          subject > (
            SELECT phone
            FROM users
            WHERE id = :userId
          ) || ' '
          AND subject < (
            SELECT phone
            FROM users
            WHERE id = :userId
          ) || '!'
        )
      )
  ),
  failures_of_older_version AS (
    DELETE FROM phone_failures
    WHERE
      phone = (
        SELECT phone
        FROM users
        WHERE id = :userId
      )
  ),
  sends_of_older_version AS (
    DELETE FROM send_budgets
    WHERE
      subject = (
        SELECT phone
        FROM users
        WHERE id = :userId
      )
  )
DELETE FROM budgets
WHERE
  (
    subject = (
      SELECT phone
      FROM users
      WHERE id = :userId
    )
    OR (
      subject > (
        SELECT phone
        FROM users
        WHERE id = :userId
      ) || ' '
      AND subject < (
        SELECT phone
        FROM users
        WHERE id = :userId
      ) || '!'
    )
  )
