-- The table becomes the first partition. No row is read or copied.
SET LOCAL statement_timeout = 0;
SELECT "make_first_partition"('audit_log');
