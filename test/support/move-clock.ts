import type { TestDatabase } from './gateway.js';

/** Sets the clock of a database this many seconds ahead of the one of this machine, for all new connections. */
export async function moveClock({ url, query }: TestDatabase, seconds: number): Promise<void> {
  await query(
    `CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
     AS $$ SELECT pg_catalog.clock_timestamp() + interval '${seconds} seconds' $$`,
  );
  await query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET search_path = public, pg_catalog`);
}
