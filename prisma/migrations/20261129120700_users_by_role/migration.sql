-- The users with a role that few have. A file of its own: built in a transaction, the index would stop sign-ins meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "users_role_id_idx" ON "users"("role", "id");
