-- A hidden ID can belong to another phone later. NULL is an ID that was stored before this migration.
ALTER TABLE "users" ADD COLUMN "whatsapp_lid_checked_at" TIMESTAMPTZ(3);
