-- Functions with which the audit log and the guard events become partitioned tables, so that old rows are deleted by dropping a partition
-- (docs/decisions/0059). No table is changed or locked. Those of the gateway run with the rights of the owner of the tables, because the
-- gateway's role may create and drop none. They accept only the tables of partition_unit.

-- Length of a partition of a table; null for a table without partitions. src/maintenance/partitions.ts has the same.
CREATE FUNCTION "partition_unit"("parent" text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE "parent" WHEN 'audit_log' THEN 'month' WHEN 'guard_events' THEN 'week' END
$$;

-- The smallest ID of a time: an ID is a UUID of version 7 (RFC 9562), so it begins with its time.
CREATE FUNCTION "min_uuid_at"("moment" timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM "moment") * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid
$$;

-- The partitions of a table. from_id is null for the first one; both are null for the default partition.
CREATE FUNCTION "partitions_of"("parent" text) RETURNS TABLE ("name" text, "from_id" uuid, "to_id" uuid) LANGUAGE sql STABLE AS $$
  SELECT c.relname::text, substring(b.bound FROM 'FROM \(''([0-9a-f-]+)''\)')::uuid, substring(b.bound FROM 'TO \(''([0-9a-f-]+)''\)')::uuid
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid, pg_get_expr(c.relpartbound, c.oid) AS b(bound)
  WHERE i.inhparent = to_regclass(quote_ident("parent"))
$$;

-- TRUNCATE of a partition does not run the triggers of its table.
CREATE FUNCTION "copy_truncate_triggers"("parent" text, "partition" text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  definition text;
BEGIN
  FOR definition IN
    SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t WHERE t.tgrelid = to_regclass(quote_ident("parent")) AND NOT t.tgisinternal AND t.tgtype & 32 > 0
  LOOP
    EXECUTE replace(definition, format(' ON %I.%I ', current_schema(), "parent"), format(' ON %I.%I ', current_schema(), "partition"));
  END LOOP;
END $$;

-- Creates one partition that is missing: of the present month or week, or of the next two. Returns its name, or null when none is missing, or
-- another instance is creating one. A month or week of which the default partition has rows already stays there. So it does if there
-- are many rows in the default partition, because PostgreSQL reads it to attach a partition, and statements would wait meanwhile.
CREATE FUNCTION "create_partition"("parent" text) RETURNS text
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
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', "parent", created, first_id, end_id);
    PERFORM copy_truncate_triggers("parent", created);
    RETURN created;
  END LOOP;
  RETURN NULL;
END $$;

-- Drops the oldest partition of which every ID is less than first_kept. Returns its name, or null when there is none. Of the audit log, rows
-- of the last 30 days stay, whatever the caller asks for.
CREATE FUNCTION "drop_old_partition"("parent" text, "first_kept" uuid) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '40ms' AS $$
DECLARE
  dropped text;
BEGIN
  IF partition_unit("parent") IS NULL THEN
    RAISE EXCEPTION 'The table has no partitions.' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT p.name INTO dropped FROM partitions_of("parent") p
  WHERE p.to_id <= "first_kept" AND p.to_id <= min_uuid_at(now() - CASE "parent" WHEN 'audit_log' THEN interval '30 days' ELSE interval '1 day' END)
  ORDER BY p.to_id LIMIT 1;
  IF dropped IS NULL THEN RETURN NULL; END IF;
  IF NOT pg_try_advisory_xact_lock(5074106) THEN
    RAISE EXCEPTION 'Another instance creates or drops a partition.' USING ERRCODE = 'lock_not_available';
  END IF;
  EXECUTE format('DROP TABLE IF EXISTS %I', dropped);
  RETURN dropped;
END $$;

-- The second condition on the ID lets PostgreSQL leave out the partitions that are kept.
CREATE OR REPLACE FUNCTION "audit_log_delete_old"("first_kept" uuid, "batch_rows" integer) RETURNS SETOF uuid
LANGUAGE sql SECURITY DEFINER AS $$
  DELETE FROM "audit_log" WHERE "id" < "first_kept" AND "id" IN (
    SELECT "id" FROM "audit_log" WHERE "id" < "first_kept" AND "at" < now() - interval '30 days'
    LIMIT "batch_rows" FOR UPDATE SKIP LOCKED
  ) RETURNING "id"
$$;

-- As before, and no rights on a partition: with these, the gateway's role could change the audit log.
CREATE OR REPLACE FUNCTION "grant_gateway_role"("gateway_role" name) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  partition regclass;
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = gateway_role AND (rolsuper OR pg_has_role(gateway_role, current_user, 'MEMBER'))) THEN
    RAISE EXCEPTION 'The role of the gateway owns the tables, or is a superuser.' USING ERRCODE = 'invalid_grant_operation';
  END IF;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), gateway_role);
  EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM %I', current_schema(), gateway_role);
  EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', current_schema(), gateway_role);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', current_schema(), gateway_role);
  EXECUTE format('REVOKE UPDATE, DELETE ON audit_log FROM %I', gateway_role);
  EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON _prisma_migrations FROM %I', gateway_role);
  FOR partition IN SELECT oid::regclass FROM pg_class WHERE relispartition AND relkind = 'r' AND relnamespace = current_schema()::regnamespace LOOP
    EXECUTE format('REVOKE ALL ON %s FROM %I', partition, gateway_role);
  END LOOP;
  EXECUTE format('GRANT EXECUTE ON FUNCTION audit_log_delete_old(uuid, integer), create_partition(text), drop_old_partition(text, uuid) TO %I', gateway_role);
END $$;

-- The migrations that follow use these three, and the last one drops them.

-- Locks a table against every other statement. It waits for 40 ms at most, because the statements that come after it wait too, and then
-- lets them go on for a second.
CREATE FUNCTION "lock_soon"("locked" text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('lock_timeout', '40ms', true);
  LOOP
    BEGIN
      EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', "locked");
      RETURN;
    EXCEPTION WHEN lock_not_available THEN
      PERFORM pg_sleep(1);
    END;
  END LOOP;
END $$;

-- Adds the condition by which PostgreSQL later attaches the table without reading it. Until then it limits the table too, so the bound is
-- at least two months ahead. Rows beyond it, which a wrong clock has written, go to the table that becomes the default partition.
CREATE FUNCTION "add_partition_bound"("parent" text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  unit text := partition_unit("parent");
  bound uuid := min_uuid_at((date_trunc(unit, now() AT TIME ZONE 'UTC') + CASE unit WHEN 'month' THEN interval '3 months' ELSE interval '10 weeks' END) AT TIME ZONE 'UTC');
  found boolean;
BEGIN
  PERFORM lock_soon("parent");
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING STORAGE)', "parent" || '_default', "parent");
  EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE id >= $1)', "parent") INTO found USING bound;
  IF found THEN
    EXECUTE format('ALTER TABLE %I DISABLE TRIGGER USER', "parent");
    EXECUTE format('WITH moved AS (DELETE FROM %I WHERE id >= $1 RETURNING *) INSERT INTO %I SELECT * FROM moved', "parent", "parent" || '_default') USING bound;
    EXECUTE format('ALTER TABLE %I ENABLE TRIGGER USER', "parent");
  END IF;
  EXECUTE format('ALTER TABLE %I ADD CONSTRAINT partition_bound CHECK (id < %L) NOT VALID', "parent", bound);
END $$;

-- Makes the table the first partition of a new table of the same name, with the same columns, indexes, triggers, owner and rights. It
-- reads no rows and builds no index, so the lock is held for milliseconds.
CREATE FUNCTION "make_first_partition"("parent" text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  first text := "parent" || '_first';
  old regclass := quote_ident("parent")::regclass;
  bound text := substring((SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = old AND conname = 'partition_bound') FROM '''([0-9a-f-]{36})''');
  owner name := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = old);
  rights aclitem[] := (SELECT relacl FROM pg_class WHERE oid = old);
  definitions text[];
  triggers text[];
  item record;
BEGIN
  IF EXISTS (SELECT FROM pg_index WHERE indrelid = old AND NOT indisvalid) THEN
    RAISE EXCEPTION 'An index of % is invalid. Repair it with REINDEX INDEX CONCURRENTLY, as the doctor says, and migrate again.', "parent";
  END IF;
  PERFORM lock_soon("parent");
  SELECT array_agg(pg_get_triggerdef(oid)) INTO triggers FROM pg_trigger WHERE tgrelid = old AND NOT tgisinternal;
  FOR item IN SELECT tgname FROM pg_trigger WHERE tgrelid = old AND NOT tgisinternal LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', item.tgname, old);
  END LOOP;
  SELECT array_agg(pg_get_indexdef(indexrelid)) INTO definitions FROM pg_index WHERE indrelid = old AND NOT indisprimary;
  FOR item IN SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = old LOOP
    EXECUTE format('ALTER INDEX %I RENAME TO %I', item.relname, regexp_replace(item.relname, '^(' || "parent" || ')?_?', first || '_'));
  END LOOP;
  EXECUTE format('ALTER TABLE %I RENAME TO %I', "parent", first);

  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING STORAGE) PARTITION BY RANGE (id)', "parent", first);
  EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I PRIMARY KEY (id)', "parent", "parent" || '_pkey');
  FOR item IN SELECT unnest(definitions) AS definition LOOP
    EXECUTE item.definition;
  END LOOP;
  EXECUTE format('ALTER TABLE %I OWNER TO %I', "parent", owner);
  EXECUTE format('ALTER TABLE %I OWNER TO %I', "parent" || '_default', owner);
  FOR item IN
    SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS role, privilege_type
    FROM aclexplode(rights) WHERE grantee <> grantor
  LOOP
    EXECUTE format('GRANT %s ON %I TO %s', item.privilege_type, "parent", item.role);
    EXECUTE format('REVOKE ALL ON %I FROM %s', first, item.role);
  END LOOP;

  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)', "parent", first, bound);
  EXECUTE format('ALTER TABLE %I DROP CONSTRAINT partition_bound', first);
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I DEFAULT', "parent", "parent" || '_default');
  FOR item IN SELECT unnest(triggers) AS definition LOOP
    EXECUTE item.definition;
  END LOOP;
  PERFORM copy_truncate_triggers("parent", first), copy_truncate_triggers("parent", "parent" || '_default');
END $$;

-- The search path is fixed, so that no caller can put a table or function of its own in the way.
DO $$
DECLARE
  fixed text;
BEGIN
  FOREACH fixed IN ARRAY ARRAY[
    'partition_unit(text)', 'min_uuid_at(timestamptz)', 'partitions_of(text)', 'copy_truncate_triggers(text, text)', 'create_partition(text)',
    'drop_old_partition(text, uuid)', 'audit_log_delete_old(uuid, integer)', 'grant_gateway_role(name)', 'lock_soon(text)',
    'add_partition_bound(text)', 'make_first_partition(text)'
  ] LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', fixed, current_schema());
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', fixed);
  END LOOP;
END $$;
