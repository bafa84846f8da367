-- The statistics of each day whose hours are all counted, so that a report over months adds up days. The gateway fills it from the hours.
CREATE TABLE "send_statistics_days" (
    "day" TIMESTAMPTZ(3) NOT NULL,
    "groups" JSONB NOT NULL,
    "changes" INTEGER NOT NULL,

    CONSTRAINT "send_statistics_days_pkey" PRIMARY KEY ("day")
);
