-- CreateTable
CREATE TABLE "send_budgets" (
    "subject" TEXT NOT NULL,
    "hour_started_at" TIMESTAMPTZ(3) NOT NULL,
    "hour_sends" INTEGER NOT NULL,
    "day_started_at" TIMESTAMPTZ(3) NOT NULL,
    "day_sends" INTEGER NOT NULL,

    CONSTRAINT "send_budgets_pkey" PRIMARY KEY ("subject")
);

-- A row is changed by every send: room on the page keeps the change off the index.
ALTER TABLE "send_budgets" SET (fillfactor = 70);
