-- Whether the client of an attempt had solved a captcha, which enlarges the budgets for its other messages too.
ALTER TABLE "login_attempts" ADD COLUMN "captcha_solved" BOOLEAN NOT NULL DEFAULT false;
