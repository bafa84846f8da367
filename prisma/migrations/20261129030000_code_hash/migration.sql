-- NULL: the code is derived and compared, as in the previous version.
ALTER TABLE "login_attempts" ADD COLUMN "code_hash" BYTEA;
