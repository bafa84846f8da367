-- A client whose answer was lost sends the used refresh token again. See docs/decisions/0030.
-- An instance of an older version leaves these columns alone: they count only while their number is that of the current token.
ALTER TABLE "sessions"
  ADD COLUMN "replaced_counter" INTEGER,
  ADD COLUMN "replaced_parent" INTEGER,
  ADD COLUMN "shown_counter" INTEGER;
