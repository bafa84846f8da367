-- The devices on which each user has signed in. A device shows a random token; only its hash is stored.
CREATE TABLE "known_devices" (
    "token_hash" BYTEA NOT NULL,
    "user_id" UUID NOT NULL,
    "session_id" UUID NOT NULL,
    "user_agent" TEXT,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "known_devices_pkey" PRIMARY KEY ("token_hash","user_id")
);

CREATE INDEX "known_devices_user_id_last_seen_at_idx" ON "known_devices"("user_id", "last_seen_at");
CREATE INDEX "known_devices_last_seen_at_idx" ON "known_devices"("last_seen_at");

ALTER TABLE "known_devices" ADD CONSTRAINT "known_devices_user_id_fkey"
  FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
