-- The latest codes that were really sent, by channel: decoys are drawn from them. Writes to the table wait while the index is
-- built, about a second for a million rows.
CREATE INDEX "sms_log_sent_codes_idx" ON "sms_log"("channel", "created_at")
WHERE "purpose" = 'LOGIN_CODE' AND "failure" IS DISTINCT FROM 'suppressed' AND "detail" IS DISTINCT FROM 'suppressed';
