-- The messages that did not arrive, by their status. A file of its own: built in a transaction, the index would stop sends meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "sms_log_status_id_idx" ON "sms_log"("status", "id") WHERE "delivered_at" IS NULL;
