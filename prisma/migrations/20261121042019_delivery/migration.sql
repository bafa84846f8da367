-- AlterTable
ALTER TABLE "sms_log" ADD COLUMN     "cost" INTEGER,
ADD COLUMN     "delivered_at" TIMESTAMPTZ(3),
ADD COLUMN     "detail" TEXT,
ADD COLUMN     "failover_at" TIMESTAMPTZ(3),
ADD COLUMN     "next_channels" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "poll_at" TIMESTAMPTZ(3),
ADD COLUMN     "segments" SMALLINT,
ADD COLUMN     "template" TEXT;

-- AlterTable
ALTER TABLE "sms_templates" ADD COLUMN     "provider_template" TEXT;

-- CreateTable
CREATE TABLE "provider_accounts" (
    "account" TEXT NOT NULL,
    "state" TEXT,
    "state_at" TIMESTAMPTZ(3),
    "asked_at" TIMESTAMPTZ(3),
    "webhook_at" TIMESTAMPTZ(3),

    CONSTRAINT "provider_accounts_pkey" PRIMARY KEY ("account")
);

-- What Prisma's schema language cannot say.

-- Deliveries that are waited for: to go on to the next channel, and to ask the provider. Both are empty most of the time.
CREATE INDEX "sms_log_failover_at_idx" ON "sms_log"("failover_at") WHERE "failover_at" IS NOT NULL;
CREATE INDEX "sms_log_poll_at_idx" ON "sms_log"("poll_at") WHERE "poll_at" IS NOT NULL;

-- How long a channel lately took to arrive.
CREATE INDEX "sms_log_delivered_at_idx" ON "sms_log"("channel", "delivered_at") WHERE "delivered_at" IS NOT NULL AND "failure" IS NULL;

-- A text for a code that has no place for the code would be sent in vain.
ALTER TABLE "sms_templates" ADD CONSTRAINT "sms_templates_code_check" CHECK ("purpose" <> 'LOGIN_CODE' OR position('{code}' IN "body") > 0);
