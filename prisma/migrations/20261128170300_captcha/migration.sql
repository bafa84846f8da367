-- Captchas that were solved. A row makes a solution usable once, and counts towards the difficulty of the next captcha.
CREATE TABLE "captcha_solutions" (
    "id" BYTEA NOT NULL,
    "phone_hash" BYTEA,
    "network_hash" BYTEA NOT NULL,
    "solved_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "captcha_solutions_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "captcha_solutions_phone_hash_solved_at_idx" ON "captcha_solutions"("phone_hash", "solved_at");
CREATE INDEX "captcha_solutions_network_hash_solved_at_idx" ON "captcha_solutions"("network_hash", "solved_at");
CREATE INDEX "captcha_solutions_solved_at_idx" ON "captcha_solutions"("solved_at");
