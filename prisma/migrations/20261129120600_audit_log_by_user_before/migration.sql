-- Replaced by audit_log_user_idx. A file of its own: in a transaction, it would stop the audit log until its end.
DROP INDEX CONCURRENTLY IF EXISTS "audit_log_user_id_id_idx";
