-- What a phone, a device, a network, a range of numbers, a country, a channel and the whole service have caused: messages (in
-- hundredths), money (in millionths of a US dollar) and used codes. It replaces send_budgets, which instances of earlier versions
-- still use, and which a later version removes.
CREATE TABLE "budgets" (
    "subject" TEXT COLLATE "C" NOT NULL,
    "scope" SMALLINT NOT NULL,
    "minute_started_at" TIMESTAMPTZ(3) NOT NULL,
    "minute_sends" INTEGER NOT NULL,
    "hour_started_at" TIMESTAMPTZ(3) NOT NULL,
    "hour_sends" INTEGER NOT NULL,
    "hour_cost" BIGINT NOT NULL,
    "hour_verified" INTEGER NOT NULL,
    "day_started_at" TIMESTAMPTZ(3) NOT NULL,
    "day_sends" INTEGER NOT NULL,
    "day_cost" BIGINT NOT NULL,
    "day_verified" INTEGER NOT NULL,
    "peak_verified" INTEGER NOT NULL,
    "peak_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "budgets_pkey" PRIMARY KEY ("subject")
);

-- A row is changed by every message: room on the page keeps the change off the index.
ALTER TABLE "budgets" SET (fillfactor = 50);

-- The budgets that the messages of an attempt were charged to, one entry for each message and budget.
ALTER TABLE "login_attempts" ADD COLUMN "charged" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- The rule of the guard because of which the message was not sent. The client does not learn it.
ALTER TABLE "sms_log" ADD COLUMN "blocked_by" TEXT;
