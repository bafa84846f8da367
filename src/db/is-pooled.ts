import type pg from 'pg';
import { readDatabaseUrl } from '../config/database-url.js';

/** The process of the server, which it names at the start of a connection. */
export const processIdOf = (client: pg.Client): number | null =>
  (client as pg.Client & { processID: number | null }).processID;

/**
 * Whether there is a pooler, so that each transaction can run on another connection of the server. PostgreSQL gives each connection the
 * ID of its process, and a pooler gives a number of its own.
 *
 * @param pid `pg_backend_pid()` on this connection
 */
export function isPooled(client: pg.Client, { url, pid }: { url: string; pid: number | undefined }): boolean {
  return readDatabaseUrl(url).isPooled || pid !== processIdOf(client);
}
