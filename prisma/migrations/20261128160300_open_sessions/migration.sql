-- A user has at most 50 open sessions. When one more opens, those that were idle longest end. A trigger, because a statement that
-- opens a session cannot see the sessions that concurrent statements open: each query of the function sees what was committed
-- before it, and the lock lets one of many concurrent sign-ins of a user count at a time. It also covers instances of the
-- previous version during an upgrade.
CREATE FUNCTION "end_idle_sessions"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  most CONSTANT integer := TG_ARGV[0];
  surplus integer;
  ended uuid[];
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(NEW."user_id"::text, 5074104));
  SELECT count(*) - most INTO surplus FROM "sessions" s
  WHERE s."user_id" = NEW."user_id" AND s."revoked_at" IS NULL AND least(s."idle_expires_at", s."expires_at") > now();
  IF surplus <= 0 THEN RETURN NULL; END IF;

  -- A locked session is being used or ended, so it is not idle. Waiting for it could be a deadlock with an exchange.
  WITH idle AS (
    SELECT s."id" FROM "sessions" s
    WHERE s."user_id" = NEW."user_id" AND s."id" <> NEW."id" AND s."revoked_at" IS NULL
      AND least(s."idle_expires_at", s."expires_at") > now()
    ORDER BY s."rotated_at", s."id" LIMIT surplus FOR UPDATE SKIP LOCKED
  ), revoked AS (
    UPDATE "sessions" s SET "revoked_at" = clock_timestamp(), "revoked_reason" = 'too_many_sessions'
    FROM idle WHERE s."id" = idle."id" RETURNING s."id"
  )
  SELECT array_agg("id") INTO ended FROM revoked;

  IF ended IS NOT NULL THEN
    -- The id is a UUID of version 7 (RFC 9562), like the ids that the gateway makes.
    INSERT INTO "audit_log" ("id", "event", "actor", "user_id", "session_id", "details") VALUES (
      encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send(
        floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid,
      'session.revoked', 'gateway', NEW."user_id", CASE WHEN cardinality(ended) = 1 THEN ended[1] END,
      jsonb_build_object('reason', 'too_many_sessions', 'sessions', to_jsonb(ended)));
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "sessions_at_most" AFTER INSERT ON "sessions" FOR EACH ROW EXECUTE FUNCTION "end_idle_sessions"('50');
