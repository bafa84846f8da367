-- The attempts with a phone, and among them those that signed nobody in. A file of its own: built in a transaction, the index would
-- stop sign-ins meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "login_attempts_phone_idx" ON "login_attempts"("phone", "user_id", "id") WHERE "phone" IS NOT NULL;
