-- Columns and types take the names that the field uses. Renaming keeps the data, the indexes and the constraints.
ALTER TABLE "login_attempts" RENAME COLUMN "place" TO "location";
ALTER TABLE "login_attempts" RENAME COLUMN "open_slot" TO "active_slot";
ALTER TABLE "sessions" RENAME COLUMN "place" TO "location";
ALTER TABLE "provider_accounts" RENAME COLUMN "asked_at" TO "status_requested_at";
ALTER TABLE "sms_log" RENAME COLUMN "state" TO "status";
ALTER TYPE "delivery_state" RENAME TO "delivery_status";
