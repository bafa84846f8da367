-- Roles above the first need more than one code. NULL is a role that was given before this migration.
ALTER TABLE "users" ADD COLUMN "role_changed_at" TIMESTAMPTZ(3);
ALTER TABLE "users" ALTER COLUMN "role_changed_at" SET DEFAULT CURRENT_TIMESTAMP;

ALTER TABLE "login_attempts" ADD COLUMN "needs_approval" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN "confirmed_by" TEXT;

-- A trigger, because imports, operators and instances of the previous version change roles too.
CREATE FUNCTION "users_role_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.role_changed_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER "users_role_changed" BEFORE UPDATE OF "role" ON "users"
  FOR EACH ROW WHEN (OLD."role" IS DISTINCT FROM NEW."role") EXECUTE FUNCTION "users_role_changed"();
