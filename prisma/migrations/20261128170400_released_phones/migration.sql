-- The phone that a user had before it became the phone of a new user (RECYCLED_PHONES). Their "phone" is then "released:" and their ID.
ALTER TABLE "users" ADD COLUMN "released_phone" TEXT;
