-- Reads every row once. Meanwhile all statements go on.
SET LOCAL statement_timeout = 0;
ALTER TABLE "guard_events" VALIDATE CONSTRAINT "partition_bound";
ALTER TABLE "audit_log" VALIDATE CONSTRAINT "partition_bound";
