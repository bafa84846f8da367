-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/channels/green-api/instance-state.ts
-- :account text
WITH
  turn AS (
    INSERT INTO provider_accounts AS saved (account, status_requested_at)
    VALUES (:account, now())
    ON CONFLICT (account) DO UPDATE
    SET status_requested_at = now()
    WHERE
      saved.status_requested_at IS NULL
      OR saved.status_requested_at <= now() - interval '1 second'
    RETURNING account
  )
SELECT
  saved.state,
  coalesce(saved.state_at >= saved.status_requested_at, false) AS answered,
  EXISTS (
    SELECT
    FROM turn
  ) AS has_turn
FROM
  (
    SELECT :account AS account
  ) requested
  LEFT JOIN provider_accounts saved USING (account)
