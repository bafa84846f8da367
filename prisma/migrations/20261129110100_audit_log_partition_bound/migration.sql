-- A condition on the rows that come from now on. Existing rows are not read. A file of its own, so that no table stays locked while this
-- one waits for its lock.
SET LOCAL statement_timeout = 0;
SELECT "add_partition_bound"('audit_log');
