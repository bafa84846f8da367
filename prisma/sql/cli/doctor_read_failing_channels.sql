-- Printed by "npm run sql". Do not edit.
-- Declared in src/cli/doctor/sms-log.ts
-- :failures text[]
SELECT DISTINCT
  ON (failed.channel) failed.channel,
  failed.failure,
  failed.detail,
  failed.template,
  count(*) OVER (
    PARTITION BY failed.channel
  )::int AS deliveries
FROM sms_log failed
WHERE
  failed.created_at > now() - interval '1 day'
  AND failed.failure = ANY (:failures::text[])
  AND failed.detail IS DISTINCT FROM 'suppressed'
  AND NOT EXISTS (
    SELECT
    FROM sms_log sent
    WHERE
      sent.channel = failed.channel
      AND sent.created_at > failed.created_at
      AND sent.status NOT IN ('QUEUED', 'FAILED')
      AND (
        failed.failure <> 'template_rejected'
        OR failed.template IS NULL
        OR sent.template IS NOT DISTINCT FROM failed.template
      )
  )
ORDER BY
  failed.channel,
  failed.created_at DESC
