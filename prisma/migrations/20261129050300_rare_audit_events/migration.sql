-- The audit log by event, without the events of every sign-in: a page of these is found at once without an index.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "audit_log_rare_event_id_idx" ON "audit_log"("event", "id")
  WHERE "event" NOT IN ('otp.requested', 'otp.sent', 'otp.verified', 'otp.incorrect', 'delivery.receipt', 'whatsapp.completed', 'login.claimed', 'login.canceled');
