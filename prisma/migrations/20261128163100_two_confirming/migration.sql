-- At most two attempts of a phone wait for their second step, and their numbers differ: one is even, one is odd. A trigger, because
-- a statement cannot see the attempts that concurrent statements change: each query of the function sees what was committed before
-- it, and the lock lets one attempt of a phone begin to wait at a time. It also limits instances of the previous version during an
-- upgrade. Their attempts have no slot, because they choose no number.
ALTER TABLE "login_attempts" ADD COLUMN "confirming_slot" SMALLINT;

CREATE FUNCTION "limit_confirming_attempts"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  kept uuid;
  kept_slot smallint;
  canceled uuid;
BEGIN
  IF NEW."phone" IS NULL THEN RETURN NEW; END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended(NEW."phone", 5074105));

  -- The newest attempt from another network, if there is one: an attacker with one network replaces only their own attempts.
  SELECT a."id", a."confirming_slot" INTO kept, kept_slot FROM "login_attempts" a
  WHERE a."phone" = NEW."phone" AND a."status" = 'CONFIRMING' AND a."expires_at" > now() AND a."id" <> NEW."id"
  ORDER BY a."client_network" IS DISTINCT FROM NEW."client_network" DESC, a."completed_at" DESC, a."id" DESC LIMIT 1;

  -- A locked attempt is being answered or canceled. Waiting for it could be a deadlock with the answer NO.
  FOR canceled IN
    WITH surplus AS (
      SELECT a."id" FROM "login_attempts" a
      WHERE a."phone" = NEW."phone" AND a."status" = 'CONFIRMING' AND a."expires_at" > now()
        AND a."id" <> NEW."id" AND a."id" IS DISTINCT FROM kept
      FOR UPDATE SKIP LOCKED
    )
    UPDATE "login_attempts" a SET "status" = 'CANCELED', "version" = a."version" + 1
    FROM surplus WHERE a."id" = surplus."id" RETURNING a."id"
  LOOP
    -- The id is a UUID of version 7 (RFC 9562), like the ids that the gateway makes.
    INSERT INTO "audit_log" ("id", "event", "actor", "attempt_id", "details") VALUES (
      encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send(
        floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid,
      'login.canceled', 'gateway', canceled, jsonb_build_object('reason', 'too_many_confirming', 'replacedBy', NEW."id"));
  END LOOP;

  -- The statement passes two salts, one after the other: that of an even number, and that of an odd one.
  IF length(NEW."code_salt") = 64 THEN
    NEW."confirming_slot" := coalesce(1 - kept_slot, floor(random() * 2)::smallint);
    NEW."code_salt" := substring(NEW."code_salt" FROM NEW."confirming_slot" * 32 + 1 FOR 32);
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER "login_attempts_confirming" BEFORE UPDATE OF "status" ON "login_attempts"
  FOR EACH ROW WHEN (NEW."status" = 'CONFIRMING' AND OLD."status" <> 'CONFIRMING') EXECUTE FUNCTION "limit_confirming_attempts"();
