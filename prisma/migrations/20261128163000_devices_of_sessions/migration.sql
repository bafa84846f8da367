-- Links each session to its device. Null in rows of the previous version: such a session is then linked by known_devices.session_id.
ALTER TABLE "sessions" ADD COLUMN "device_id" UUID;
ALTER TABLE "known_devices" ADD COLUMN "device_id" UUID;
