-- The notifications of a user, for the erasure. A file of its own: built in a transaction, the index would stop sends meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "sms_log_user_idx" ON "sms_log"("user_id") WHERE "user_id" IS NOT NULL;
