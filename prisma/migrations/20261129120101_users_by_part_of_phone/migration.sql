-- The users by a part of their phone. New entries wait in a list and are sorted in together, which is much cheaper. The list is short, so
-- that the sign-in that sorts it in is not delayed. A file of its own: built in a transaction, the index would stop sign-ins meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "users_phone_trigrams_idx" ON "users" USING gin ("search_trigrams"("phone")) WITH (gin_pending_list_limit = 512);
