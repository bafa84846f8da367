-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/events/write-guard-events.ts
-- :events jsonb
INSERT INTO
  guard_events (id, at, rule, action, masked_phone, phone_hash, network, country, channel, attempt_id, until, count)
SELECT
  id,
  at,
  rule,
  action,
  masked_phone,
  decode(phone_hash, 'hex'),
  network,
  country,
  channel,
  attempt_id,
  until,
  count
FROM
  jsonb_to_recordset(:events::jsonb) AS e (
    id uuid,
    at timestamptz,
    rule text,
    action text,
    masked_phone text,
    phone_hash text,
    network text,
    country text,
    channel text,
    attempt_id uuid,
    until timestamptz,
    count int4
  )
