-- The messages to a country that gets few. A file of its own: built in a transaction, the index would stop sends meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "sms_log_country_id_idx" ON "sms_log"("country", "id") WHERE "country" IS NOT NULL;
