-- The attempts that opened no session, by their status: those that failed, were canceled or have expired. A file of its own: built in a
-- transaction, the index would stop sign-ins meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "login_attempts_status_id_idx" ON "login_attempts"("status", "id") WHERE "session_id" IS NULL;
