-- The audit log of one admin or of the operator. Most entries are of the gateway, and stay out of the index. A file of its own: built in
-- a transaction, the index would stop the audit log meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "audit_log_actor_id_idx" ON "audit_log"("actor", "id") WHERE "actor" <> 'gateway';
