-- Two functions, so that the gateway can run as a role that does not own the tables. No table is changed or locked.

DO $migration$
BEGIN
  -- Deletes expired rows of the audit log with the rights of the owner, because the gateway's role may not delete any. Rows of the last
  -- 30 days stay, whatever the caller asks for. The search path is fixed, so that no caller can put a table of its own in the way.
  EXECUTE format($function$
    CREATE FUNCTION "audit_log_delete_old"("first_kept" uuid, "batch_rows" integer) RETURNS SETOF uuid
    LANGUAGE sql SECURITY DEFINER SET search_path = %1$I, pg_temp AS $$
      DELETE FROM %1$I."audit_log" WHERE "id" IN (
        SELECT "id" FROM %1$I."audit_log" WHERE "id" < "first_kept" AND "at" < now() - interval '30 days'
        LIMIT "batch_rows" FOR UPDATE SKIP LOCKED
      ) RETURNING "id"
    $$
  $function$, current_schema());

  -- Gives a role the rights that the gateway needs, and takes away all others on the same tables. The caller owns the tables. One
  -- statement, so that a gateway that is running never sees a moment without its rights.
  EXECUTE format($function$
    CREATE FUNCTION "grant_gateway_role"("gateway_role" name) RETURNS void
    LANGUAGE plpgsql SET search_path = %1$I, pg_temp AS $$
    BEGIN
      IF EXISTS (SELECT FROM pg_roles WHERE rolname = gateway_role AND (rolsuper OR pg_has_role(gateway_role, current_user, 'MEMBER'))) THEN
        RAISE EXCEPTION 'The role of the gateway owns the tables, or is a superuser.' USING ERRCODE = 'invalid_grant_operation';
      END IF;
      EXECUTE format('GRANT USAGE ON SCHEMA %%I TO %%I', %1$L, gateway_role);
      EXECUTE format('REVOKE CREATE ON SCHEMA %%I FROM %%I', %1$L, gateway_role);
      EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %%I FROM %%I', %1$L, gateway_role);
      EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %%I TO %%I', %1$L, gateway_role);
      EXECUTE format('REVOKE UPDATE, DELETE ON audit_log FROM %%I', gateway_role);
      EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON _prisma_migrations FROM %%I', gateway_role);
      EXECUTE format('GRANT EXECUTE ON FUNCTION audit_log_delete_old(uuid, integer) TO %%I', gateway_role);
    END $$
  $function$, current_schema());
END $migration$;

REVOKE EXECUTE ON FUNCTION "audit_log_delete_old"(uuid, integer) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION "grant_gateway_role"(name) FROM PUBLIC;
