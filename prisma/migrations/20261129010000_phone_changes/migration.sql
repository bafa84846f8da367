-- NULL: the phone has not been changed since this migration.
ALTER TABLE "users" ADD COLUMN "phone_changed_at" TIMESTAMPTZ(3),
ADD COLUMN "phone_set_at" TIMESTAMPTZ(3);

-- A trigger, because operators and instances of the previous version change phones too. A phone that another system wrote
-- in a national form gets only another spelling.
CREATE FUNCTION "users_phone_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.phone_changed_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER "users_phone_changed" BEFORE UPDATE OF "phone" ON "users"
  FOR EACH ROW WHEN (OLD."phone" IS DISTINCT FROM NEW."phone" AND (OLD."phone" LIKE '+%' OR OLD."released_phone" IS NOT NULL))
  EXECUTE FUNCTION "users_phone_changed"();
