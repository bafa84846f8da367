-- The cleanup finds old budgets by their day. A file of its own: built in a transaction, the index would stop sign-ins meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "budgets_day_started_at_idx" ON "budgets"("day_started_at");
