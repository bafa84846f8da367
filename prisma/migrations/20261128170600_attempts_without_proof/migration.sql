-- WhatsApp logins that ended without a login message, for their deletion after a day. A file of its own: built in a transaction, the
-- index would stop sign-ins meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "login_attempts_without_proof_idx" ON "login_attempts"("id")
  WHERE "method" = 'WHATSAPP' AND "completed_at" IS NULL AND "status" IN ('EXPIRED', 'CANCELED');
