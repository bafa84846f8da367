-- A condition on the rows that come from now on. Existing rows are not read.
SET LOCAL statement_timeout = 0;
SELECT "add_partition_bound"('guard_events');
