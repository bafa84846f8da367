-- The users by a part of their name. Most new users have none, and cost nothing here. A file of its own: built in a transaction, the index
-- would stop sign-ins meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "users_name_trigrams_idx" ON "users" USING gin ("search_trigrams"("name")) WHERE "name" IS NOT NULL;
