-- Messages that a user must get. Each is written in the statement of the event that it reports, and sent afterwards.
ALTER TYPE "delivery_purpose" ADD VALUE 'NEW_DEVICE';

CREATE TABLE "notifications" (
    "id" UUID NOT NULL,
    "purpose" TEXT NOT NULL,
    "user_id" UUID NOT NULL,
    "phone" TEXT NOT NULL,
    "locale" TEXT,
    "values" JSONB NOT NULL,
    "session_id" UUID,
    "device_hash" BYTEA,
    "once_key" TEXT,
    "tries" SMALLINT NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "send_at" TIMESTAMPTZ(3) DEFAULT CURRENT_TIMESTAMP,
    "answered_at" TIMESTAMPTZ(3),

    CONSTRAINT "notifications_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "notifications_once_key_key" ON "notifications"("once_key");
CREATE INDEX "notifications_phone_idx" ON "notifications"("phone");
CREATE INDEX "notifications_user_id_idx" ON "notifications"("user_id");
CREATE INDEX "notifications_created_at_idx" ON "notifications"("created_at");

ALTER TABLE "notifications" ADD CONSTRAINT "notifications_user_id_fkey"
  FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema language cannot say: the messages that are not sent yet.
CREATE INDEX "notifications_due_idx" ON "notifications"("send_at") WHERE "send_at" IS NOT NULL;
