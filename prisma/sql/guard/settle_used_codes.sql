-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/used-codes.ts
-- :attemptIds uuid[]
WITH
  used AS (
    SELECT
      subject,
      count(*)::int AS messages
    FROM
      login_attempts a,
      unnest(a.charged) AS subject
    WHERE
      a.id = ANY (:attemptIds::uuid[])
      AND subject <> a.phone
    GROUP BY subject
  ),
  locked AS (
    SELECT
      b.subject,
      used.messages
    FROM
      budgets b
      JOIN used ON used.subject = b.subject
    ORDER BY
      b.scope,
      b.subject
    FOR UPDATE OF b
  )
UPDATE budgets b
SET
  minute_sends = greatest(0, b.minute_sends - 100 * locked.messages),
  hour_sends = greatest(0, b.hour_sends - 75 * locked.messages),
  day_sends = greatest(0, b.day_sends - 75 * locked.messages),
  hour_verified = b.hour_verified + locked.messages,
  day_verified = b.day_verified + locked.messages
FROM locked
WHERE b.subject = locked.subject
