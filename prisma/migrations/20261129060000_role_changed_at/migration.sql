-- The time of the change, not of the start of its transaction, which may have waited for a sign-in: a claim compares it with the time
-- of the proof. An instance of the previous version does not mind.
CREATE OR REPLACE FUNCTION "users_role_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.role_changed_at := clock_timestamp();
  RETURN NEW;
END $$;
