-- The hash of the key with which a client may repeat a request for a code. No row has one yet, so the index is empty and quickly built.
ALTER TABLE "login_attempts" ADD COLUMN "idempotency_hash" BYTEA;
CREATE UNIQUE INDEX "login_attempts_idempotency_key" ON "login_attempts"("idempotency_hash") WHERE "idempotency_hash" IS NOT NULL;
