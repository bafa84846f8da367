-- CreateEnum
CREATE TYPE "attempt_purpose" AS ENUM ('SIGN_IN', 'CHANGE_PHONE');

-- AlterEnum
ALTER TYPE "delivery_purpose" ADD VALUE 'PHONE_CHANGED';

-- AlterTable
ALTER TABLE "login_attempts" ADD COLUMN     "place" TEXT,
ADD COLUMN     "purpose" "attempt_purpose" NOT NULL DEFAULT 'SIGN_IN';

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "place" TEXT,
ADD COLUMN     "recent_rotations" TIMESTAMPTZ(3)[] DEFAULT ARRAY[]::TIMESTAMPTZ(3)[];

-- AlterTable
ALTER TABLE "sms_log" ADD COLUMN     "country" TEXT;

-- AlterTable
ALTER TABLE "sms_templates" DROP CONSTRAINT "sms_templates_pkey",
ADD COLUMN     "active" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "id" UUID NOT NULL DEFAULT gen_random_uuid(),
ADD CONSTRAINT "sms_templates_pkey" PRIMARY KEY ("id");

-- AlterTable
ALTER TABLE "signing_keys" ADD COLUMN     "activates_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- CreateTable
CREATE TABLE "audit_log" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "event" TEXT NOT NULL,
    "actor" TEXT NOT NULL DEFAULT 'gateway',
    "user_id" UUID,
    "attempt_id" UUID,
    "session_id" UUID,
    "phone" TEXT,
    "ip" TEXT,
    "details" JSONB,

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "audit_log_user_id_id_idx" ON "audit_log"("user_id", "id");

-- What Prisma's schema language cannot say.

-- Of the texts for one purpose, channel and locale, one is sent.
CREATE UNIQUE INDEX "sms_templates_active_key" ON "sms_templates"("purpose", "channel", "locale") WHERE "active";

-- Every instance learns which sessions have lately been revoked.
CREATE INDEX "sessions_revoked_at_idx" ON "sessions"("revoked_at") WHERE "revoked_at" IS NOT NULL;

-- Phones that somebody wrote into the table in another spelling than E.164: no sign-in finds them, until they are put right.
CREATE INDEX "users_phone_misspelt_idx" ON "users"("id") WHERE "phone" !~ '^\+[1-9][0-9]{6,14}$';

-- The audit log is added to, and only forgotten when it is old (R31).
CREATE FUNCTION "audit_log_refuse"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.at < now() - interval '30 days' THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'The audit log is append-only.' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER "audit_log_append_only" BEFORE UPDATE OR DELETE ON "audit_log" FOR EACH ROW EXECUTE FUNCTION "audit_log_refuse"();
CREATE TRIGGER "audit_log_not_truncated" BEFORE TRUNCATE ON "audit_log" FOR EACH STATEMENT EXECUTE FUNCTION "audit_log_refuse"();
