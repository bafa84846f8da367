-- Printed by "npm run sql". Do not edit.
-- Declared in src/sessions/new-device.ts
-- :sessionId uuid
SELECT
  (
    SELECT
      first_seen.at > now() - interval '24 hours'
      AND (
        EXISTS (
          SELECT
          FROM known_devices older
          WHERE
            older.user_id = s.user_id
            AND older.first_seen_at < first_seen.at
        )
        OR EXISTS (
          SELECT
          FROM sessions older
          WHERE
            older.user_id = s.user_id
            AND older.created_at < first_seen.at
            AND coalesce(older.device_id, older.id) <> coalesce(s.device_id, s.id)
        )
      )
    FROM
      (
        SELECT coalesce(min(own.first_seen_at), s.created_at) AS at
        FROM known_devices own
        WHERE
          own.user_id = s.user_id
          AND (
            coalesce(s.device_id, s.id) = coalesce(own.device_id, own.session_id)
            OR s.id = own.session_id
          )
      ) AS first_seen
  ) AS is_new
FROM sessions s
WHERE s.id = :sessionId
