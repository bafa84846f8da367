-- Random values that only the row contains. Codes and refresh tokens are derived from them and from GATEWAY_SECRET, so that neither
-- the secret nor a copy of the database is enough alone. Rows that an older version writes have none.
ALTER TABLE "login_attempts" ADD COLUMN "code_salt" BYTEA;
ALTER TABLE "sessions" ADD COLUMN "refresh_salt" BYTEA,
ADD COLUMN "refresh_salted_from" INTEGER;
