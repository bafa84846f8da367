-- The user of a notification, which has no attempt. Rows of instances of the previous version have none.
ALTER TABLE "sms_log" ADD COLUMN "user_id" UUID;
