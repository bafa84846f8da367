-- The statistics of each hour that is over, so that a report reads no messages of past hours.
CREATE TABLE "send_statistics" (
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "groups" JSONB,
    "changes" INTEGER NOT NULL DEFAULT 0,
    "changed_at" TIMESTAMPTZ(3),

    CONSTRAINT "send_statistics_pkey" PRIMARY KEY ("hour")
);

-- An update of these tables always changes a column of an index, so it never finds its place on the same page. The free space that was
-- kept for it only made the tables larger. This changes new pages only, and takes no long lock.
ALTER TABLE "login_attempts" SET (fillfactor = 100);
ALTER TABLE "sms_log" SET (fillfactor = 100);
