-- The sign-ins of a user, newest first. A file of its own: built in a transaction, the index would stop sign-ins meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "login_attempts_user_idx" ON "login_attempts"("user_id", "purpose", "id") WHERE "user_id" IS NOT NULL;
