-- Wrong codes are counted by phone, by client and by network, no longer in phone_failures. That table stays, because an older version
-- that still runs during the upgrade uses it. Nothing else reads or writes it, and the cleanup deletes its rows.
CREATE TABLE "guess_failures" (
    -- Compared byte by byte, so that the subjects of one phone are a range of the index.
    "subject" TEXT COLLATE "C" NOT NULL,
    "hour_started_at" TIMESTAMPTZ(3) NOT NULL,
    "hour_failures" INTEGER NOT NULL,
    "day_started_at" TIMESTAMPTZ(3) NOT NULL,
    "day_failures" INTEGER NOT NULL,
    "total_failures" INTEGER NOT NULL,
    "day_targets" INTEGER NOT NULL,
    "day_verified" INTEGER NOT NULL,
    "previous_day_verified" INTEGER NOT NULL,

    CONSTRAINT "guess_failures_pkey" PRIMARY KEY ("subject")
);

CREATE INDEX "guess_failures_day_started_at_idx" ON "guess_failures"("day_started_at");

-- Wrong and right codes of the whole service, by minute. Several rows a minute, so that concurrent guesses do not wait for one row.
CREATE TABLE "guess_minutes" (
    "minute" TIMESTAMPTZ(3) NOT NULL,
    "shard" SMALLINT NOT NULL,
    "failed" INTEGER NOT NULL,
    "verified" INTEGER NOT NULL,

    CONSTRAINT "guess_minutes_pkey" PRIMARY KEY ("minute","shard")
);

-- The current or last episode of each alarm of the guard. All instances together report an episode once.
CREATE TABLE "guard_alarms" (
    "rule" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "guard_alarms_pkey" PRIMARY KEY ("rule")
);

-- Both are null in attempts of an older version: its codes have OTP_LENGTH digits. An older version that still runs refuses a code of
-- eight digits as a wrong one. There are such codes only for phones that are under attack.
ALTER TABLE "login_attempts" ADD COLUMN "code_length" SMALLINT, ADD COLUMN "device_hash" BYTEA;
