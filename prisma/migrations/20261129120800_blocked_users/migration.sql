-- The blocked users. A file of its own: built in a transaction, the index would stop sign-ins meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "users_blocked_idx" ON "users"("id") WHERE "blocked";
