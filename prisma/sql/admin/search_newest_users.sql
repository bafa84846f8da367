-- Printed by "npm run sql". Do not edit.
-- Declared in src/admin/search-users.ts
-- :text              text
-- :namePattern       text
-- :phone             text, or null
-- :digits            text, or null
-- :significantDigits text, or null
-- :role              text, or null
-- :blocked           bool, or null
-- :after             uuid, or null
-- :before            uuid, or null
-- :limit             int8
SELECT
  id,
  phone,
  name,
  role,
  locale,
  created_at AS "createdAt",
  blocked,
  last_login_at AS "lastLoginAt"
FROM users
WHERE
  (
    search_trigrams (name) @> search_trigrams (:text)
    AND name ILIKE :namePattern
    OR phone = :phone
    OR search_trigrams (phone) @> search_trigrams (:digits)
    AND phone LIKE '%' || :digits || '%'
    OR search_trigrams (phone) @> search_trigrams (:significantDigits)
    AND phone LIKE '%' || :significantDigits || '%'
  )
  AND (
    :role::text IS NULL
    OR role = :role
  )
  AND (
    :blocked::boolean IS NULL
    OR blocked = :blocked
  )
  AND (
    :after::uuid IS NULL
    OR id < :after
  )
  AND (
    :before::uuid IS NULL
    OR id > :before
  )
ORDER BY id DESC
LIMIT :limit
