-- Printed by "npm run sql". Do not edit.
-- Sent by src/delivery/channels/green-api/instance-state.ts
-- :account text
SELECT
  state,
  coalesce(state_at >= status_requested_at, false) AS answered
FROM provider_accounts
WHERE account = :account
