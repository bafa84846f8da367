-- Printed by "npm run sql". Do not edit.
-- Declared in src/events/write-audit-entries.ts
-- :ids        uuid[]
-- :times      timestamptz[]
-- :events     text[]
-- :actors     text[]
-- :userIds    uuid[]
-- :attemptIds uuid[]
-- :sessionIds uuid[]
-- :phones     text[]
-- :ips        text[]
-- :details    jsonb[]
INSERT INTO audit_log (id, at, event, actor, user_id, attempt_id, session_id, phone, ip, details)
SELECT entry.*
FROM
  unnest(
    :ids::uuid[],
    :times::timestamptz[],
    :events::text[],
    :actors::text[],
    :userIds::uuid[],
    :attemptIds::uuid[],
    :sessionIds::uuid[],
    :phones::text[],
    :ips::text[],
    :details::jsonb[]
  ) AS entry
ON CONFLICT DO NOTHING
