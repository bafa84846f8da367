-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/channels/green-api/instance-state.ts
-- :account text
-- :state   text
WITH
  saved AS (
    SELECT state
    FROM provider_accounts
    WHERE account = :account
  )
INSERT INTO provider_accounts (account, state, state_at)
VALUES (:account, :state, now())
ON CONFLICT (account) DO UPDATE
SET
  state = :state,
  state_at = now()
RETURNING
  (
    SELECT state
    FROM saved
  ) AS previous_state
