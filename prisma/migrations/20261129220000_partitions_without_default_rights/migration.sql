-- A new table gets the default privileges of its schema (ALTER DEFAULT PRIVILEGES). A partition must have none of them: with DELETE on a partition,
-- a role deletes what its rights on the table itself forbid. Statements on the table need no rights on its partitions.

-- Takes all rights on a partition from everybody but its owner.
CREATE FUNCTION "revoke_default_rights"("partition" text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  role text;
BEGIN
  FOR role IN
    SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
    FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = to_regclass(quote_ident("partition")) AND a.grantee <> c.relowner
  LOOP
    EXECUTE format('REVOKE ALL ON %I FROM %s CASCADE', "partition", role);
  END LOOP;
END $$;

-- As before, and without default privileges.
CREATE OR REPLACE FUNCTION "create_partition"("parent" text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '40ms' AS $$
DECLARE
  unit text := partition_unit("parent");
  start_at timestamp;
  first_id uuid;
  end_id uuid;
  created text;
  found boolean;
BEGIN
  IF unit IS NULL THEN RAISE EXCEPTION 'The table has no partitions.' USING ERRCODE = 'invalid_parameter_value'; END IF;
  IF NOT pg_try_advisory_xact_lock(5074106) THEN RETURN NULL; END IF;
  FOR ahead IN 0..2 LOOP
    start_at := date_trunc(unit, now() AT TIME ZONE 'UTC') + ahead * ('1 ' || unit)::interval;
    first_id := min_uuid_at(start_at AT TIME ZONE 'UTC');
    end_id := min_uuid_at((start_at + ('1 ' || unit)::interval) AT TIME ZONE 'UTC');
    CONTINUE WHEN EXISTS (SELECT FROM partitions_of("parent") p WHERE (p.from_id IS NULL OR p.from_id <= first_id) AND p.to_id > first_id);
    -- So that no row arrives between the look and the partition.
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', "parent" || '_default');
    IF pg_relation_size(quote_ident("parent" || '_default')) > 16777216 THEN RETURN NULL; END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE id >= $1 AND id < $2)', "parent" || '_default') INTO found USING first_id, end_id;
    CONTINUE WHEN found;

    created := "parent" || to_char(start_at, '_YYYYMMDD');
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING STORAGE)', created, "parent");
    PERFORM revoke_default_rights(created);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', "parent", created, first_id, end_id);
    PERFORM copy_truncate_triggers("parent", created);
    RETURN created;
  END LOOP;
  RETURN NULL;
END $$;

-- The partitions that exist.
SELECT revoke_default_rights(p.name) FROM unnest(ARRAY['audit_log', 'guard_events']) AS parent, partitions_of(parent) AS p;

DO $$
DECLARE
  fixed text;
BEGIN
  FOREACH fixed IN ARRAY ARRAY['revoke_default_rights(text)', 'create_partition(text)'] LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', fixed, current_schema());
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', fixed);
  END LOOP;
END $$;
