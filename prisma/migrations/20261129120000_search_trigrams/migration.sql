-- The parts of three characters of a text, in lower case. A search by a part of a name or phone finds the users that have all parts of
-- its text, by an index. Needs no extension, which not every server has and not every role may create. No table is changed or locked.
CREATE FUNCTION "search_trigrams"("value" text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT substr(lower(value), i, 3)), '{}') FROM generate_series(1, char_length(lower(value)) - 2) AS i
$$;
