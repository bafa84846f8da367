import pg from 'pg';

const FUNCTIONS = ['now', 'clock_timestamp', 'statement_timestamp', 'transaction_timestamp'];

/**
 * Makes PostgreSQL follow the simulated clock. `now()` and its relatives are replaced by functions of the schema public, which
 * the search path finds before those of pg_catalog. They read a sequence, because its value belongs to no transaction.
 * CURRENT_TIMESTAMP is a keyword that no function replaces: in column defaults it becomes `now()`.
 *
 * `close` ends the connection that sets the time.
 */
export async function simulateDatabaseClock(
  url: string,
): Promise<{ setTime(now: number): Promise<void>; close(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {}); // when the simulation is interrupted; otherwise the next statement reports it
  await client.connect();
  const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
  await client.query(`ALTER DATABASE ${rows[0]?.name} SET search_path = public, pg_catalog`);
  await client.query(`ALTER DATABASE ${rows[0]?.name} SET synchronous_commit = off`);
  await client.query('SET search_path = public, pg_catalog; SET synchronous_commit = off');
  await client.query(`
    CREATE UNLOGGED SEQUENCE simulated_clock;
    -- An alias of the built-in function that PostgreSQL may inline: the clock never moves while a statement runs.
    CREATE FUNCTION simulated_microseconds(regclass) RETURNS bigint LANGUAGE internal STABLE STRICT PARALLEL SAFE
      AS 'pg_sequence_last_value';
    ${FUNCTIONS.map(
      (name) => `CREATE FUNCTION public.${name}() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
        AS $$ SELECT to_timestamp(public.simulated_microseconds('public.simulated_clock'::regclass) / 1000000.0::float8) $$;`,
    ).join('\n')}`);
  await client.query(`
    DO $$ DECLARE one record; BEGIN
      FOR one IN SELECT adrelid::regclass AS tab, attname, pg_get_expr(adbin, adrelid) AS value
        FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
        WHERE pg_get_expr(adbin, adrelid) ~* 'CURRENT_TIMESTAMP|(^|\\W)(now|clock_timestamp)\\(\\)'
      LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', one.tab, one.attname,
          regexp_replace(one.value, 'CURRENT_TIMESTAMP|(pg_catalog\\.)?(now|clock_timestamp)\\(\\)', 'public.now()', 'gi'));
      END LOOP;
      FOR one IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND array_to_string(proconfig, ',') LIKE '%search_path=%'
      LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = public, pg_catalog, pg_temp', one.name);
      END LOOP;
    END $$`);
  return {
    close: () => client.end(),
    async setTime(now) {
      await client.query({
        name: 'time',
        text: `SELECT setval('simulated_clock', $1)`,
        values: [Math.round(now * 1000)],
      });
    },
  };
}
