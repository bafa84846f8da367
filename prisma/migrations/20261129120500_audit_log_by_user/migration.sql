-- The audit log of a user. Replaces an index that also had the entries without a user, which are most of them. A file of its own: built in
-- a transaction, the index would stop the audit log meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "audit_log_user_idx" ON "audit_log"("user_id", "id") WHERE "user_id" IS NOT NULL;
