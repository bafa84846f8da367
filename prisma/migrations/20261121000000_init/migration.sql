-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "login_method" AS ENUM ('OTP', 'WHATSAPP');

-- CreateEnum
CREATE TYPE "login_attempt_status" AS ENUM ('PENDING', 'CONFIRMING', 'COMPLETED', 'CLAIMED', 'EXPIRED', 'CANCELED', 'FAILED');

-- CreateEnum
CREATE TYPE "failure_reason" AS ENUM ('TOO_MANY_TRIES', 'USER_NOT_FOUND', 'USER_BLOCKED', 'UNDELIVERABLE', 'PHONE_HIDDEN');

-- CreateEnum
CREATE TYPE "delivery_state" AS ENUM ('QUEUED', 'ACCEPTED', 'SENT', 'DELIVERED', 'READ', 'UNDELIVERED', 'FAILED');

-- CreateEnum
CREATE TYPE "delivery_purpose" AS ENUM ('LOGIN_CODE');

-- CreateTable
CREATE TABLE "users" (
    "id" UUID NOT NULL,
    "phone" TEXT NOT NULL,
    "name" TEXT,
    "role" TEXT NOT NULL DEFAULT 'USER',
    "locale" TEXT,
    "blocked" BOOLEAN NOT NULL DEFAULT false,
    "whatsapp_lid" TEXT,
    "last_login_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "login_attempts" (
    "id" UUID NOT NULL,
    "method" "login_method" NOT NULL,
    "status" "login_attempt_status" NOT NULL DEFAULT 'PENDING',
    "version" INTEGER NOT NULL DEFAULT 1,
    "phone" TEXT,
    "secret_hash" BYTEA NOT NULL,
    "tries" SMALLINT NOT NULL DEFAULT 0,
    "open_slot" SMALLINT,
    "key_id" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "resend_at" TIMESTAMPTZ(3),
    "client_ip" TEXT,
    "client_network" TEXT,
    "user_agent" TEXT,
    "user_id" UUID,
    "session_id" UUID,
    "failure_reason" "failure_reason",
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completed_at" TIMESTAMPTZ(3),
    "claimed_at" TIMESTAMPTZ(3),

    CONSTRAINT "login_attempts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "refresh_token_hash" BYTEA NOT NULL,
    "refresh_counter" INTEGER NOT NULL DEFAULT 0,
    "key_id" TEXT NOT NULL,
    "client_ip" TEXT,
    "user_agent" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "rotated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "idle_expires_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_reason" TEXT,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sms_log" (
    "id" UUID NOT NULL,
    "attempt_id" UUID,
    "channel" TEXT NOT NULL,
    "provider_id" TEXT,
    "masked_phone" TEXT NOT NULL,
    "purpose" "delivery_purpose" NOT NULL,
    "locale" TEXT NOT NULL,
    "state" "delivery_state" NOT NULL DEFAULT 'QUEUED',
    "failure" TEXT,
    "latency_ms" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sms_log_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sms_templates" (
    "purpose" "delivery_purpose" NOT NULL,
    "channel" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sms_templates_pkey" PRIMARY KEY ("purpose","channel","locale")
);

-- CreateTable
CREATE TABLE "webhook_events" (
    "instance" TEXT NOT NULL,
    "type_webhook" TEXT NOT NULL,
    "id_message" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT '',
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_events_pkey" PRIMARY KEY ("instance","type_webhook","id_message","status")
);

-- CreateTable
CREATE TABLE "phone_failures" (
    "phone" TEXT NOT NULL,
    "hour_started_at" TIMESTAMPTZ(3) NOT NULL,
    "hour_failures" INTEGER NOT NULL,
    "consecutive" INTEGER NOT NULL,

    CONSTRAINT "phone_failures_pkey" PRIMARY KEY ("phone")
);

-- CreateTable
CREATE TABLE "signing_keys" (
    "kid" TEXT NOT NULL,
    "algorithm" TEXT NOT NULL,
    "public_jwk" JSONB NOT NULL,
    "private_key_encrypted" BYTEA NOT NULL,
    "key_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "signing_keys_pkey" PRIMARY KEY ("kid")
);

-- CreateIndex
CREATE UNIQUE INDEX "users_phone_key" ON "users"("phone");

-- CreateIndex
CREATE UNIQUE INDEX "users_whatsapp_lid_key" ON "users"("whatsapp_lid") WHERE "whatsapp_lid" IS NOT NULL;

-- CreateIndex
CREATE INDEX "sessions_user_id_idx" ON "sessions"("user_id");

-- CreateIndex
CREATE INDEX "sms_log_attempt_id_created_at_idx" ON "sms_log"("attempt_id", "created_at");

-- CreateIndex
CREATE INDEX "webhook_events_received_at_idx" ON "webhook_events"("received_at");

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- What Prisma's schema language cannot say.

-- At most one open OTP attempt a phone and slot: the index, not a count, keeps fifty racers within the limit.
CREATE UNIQUE INDEX "login_attempts_open_otp_key" ON "login_attempts"("phone", "open_slot") WHERE "method" = 'OTP' AND "status" = 'PENDING';

-- Open attempts by the time they run out: for the sweep, and to count those that wait for a WhatsApp message.
CREATE INDEX "login_attempts_open_expires_at_idx" ON "login_attempts"("method", "expires_at") WHERE "status" IN ('PENDING', 'CONFIRMING', 'COMPLETED');

-- Open WhatsApp attempts of one client.
CREATE INDEX "login_attempts_open_whatsapp_client_idx" ON "login_attempts"("client_network") WHERE "method" = 'WHATSAPP' AND "status" = 'PENDING';

-- The attempt that a two-digit WhatsApp answer belongs to.
CREATE INDEX "login_attempts_confirming_phone_idx" ON "login_attempts"("phone") WHERE "status" = 'CONFIRMING';

-- A provider's receipt finds its delivery.
CREATE INDEX "sms_log_provider_id_idx" ON "sms_log"("channel", "provider_id") WHERE "provider_id" IS NOT NULL;

-- Both tables are written once and changed soon after: room on the page keeps the change off the indexes.
ALTER TABLE "login_attempts" SET (fillfactor = 70);
ALTER TABLE "sms_log" SET (fillfactor = 70);

-- The texts to begin with. `*` serves every channel.
INSERT INTO "sms_templates" ("purpose", "channel", "locale", "body") VALUES
  ('LOGIN_CODE', '*', 'en', '{code} is your sign-in code. It works for {minutes} minutes. Do not tell it to anyone.'),
  ('LOGIN_CODE', '*', 'ru', '{code} — ваш код для входа. Действует {minutes} мин. Никому его не сообщайте.'),
  ('LOGIN_CODE', '*', 'kk', '{code} — кіру кодыңыз. {minutes} минут жарамды. Оны ешкімге айтпаңыз.'),
  ('LOGIN_CODE', '*', 'ky', '{code} — кирүү кодуңуз. {minutes} мүнөт жарактуу. Аны эч кимге айтпаңыз.'),
  ('LOGIN_CODE', '*', 'fa', E'کد ورود شما: {code}\nتا {minutes} دقیقه معتبر است. آن را به کسی نگویید.');
