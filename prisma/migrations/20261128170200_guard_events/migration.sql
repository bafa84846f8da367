-- What the guard refused and blocked, and where it asked for a captcha. Equal events of one second are one row with a count.
-- phone_hash is an HMAC, so that the rows of a phone can be found but no phone can be read from them.
CREATE TABLE "guard_events" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "rule" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "masked_phone" TEXT,
    "phone_hash" BYTEA,
    "network" TEXT,
    "country" TEXT,
    "channel" TEXT,
    "attempt_id" UUID,
    "until" TIMESTAMPTZ(3),
    "count" INTEGER NOT NULL,

    CONSTRAINT "guard_events_pkey" PRIMARY KEY ("id")
);

-- The primary key finds events by time, because an ID begins with its time.
CREATE INDEX "guard_events_phone_hash_id_idx" ON "guard_events" ("phone_hash", "id");
CREATE INDEX "guard_events_network_id_idx" ON "guard_events" ("network", "id");
