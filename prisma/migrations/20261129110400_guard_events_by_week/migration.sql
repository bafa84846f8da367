-- The same, and the end of the functions that only these migrations need.
SET LOCAL statement_timeout = 0;
SELECT "make_first_partition"('guard_events');

DROP FUNCTION "make_first_partition"(text);
DROP FUNCTION "add_partition_bound"(text);
DROP FUNCTION "lock_soon"(text);
