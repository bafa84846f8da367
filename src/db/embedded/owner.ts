import type pg from 'pg';
import { runStatement } from '../run-statement.js';
import { statement } from '../statement.js';
import { bool, int8, nullable, text } from '../types.js';

/** The process that started an embedded PostgreSQL. */
export interface Owner {
  pid: number;
  /** The port of the gateway; 0 for a process that is no gateway. */
  httpPort: number;
}

/** The owner holds this lock while it lives. */
const OWNER_LOCK = 5_074_101;

const TRY_OWNER_LOCK = statement({
  name: 'db/try_owner_lock',
  sql: 'SELECT pg_try_advisory_lock(:lock) AS taken',
  parameters: { lock: int8 },
  columns: { taken: bool },
});

/** The name of the connection that holds the lock. It ends with the owner, so it is never outdated. */
const READ_OWNER = statement({
  name: 'db/read_owner',
  sql: `
    SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32) | objid::bigint = :lock`,
  parameters: { lock: int8 },
  columns: { application_name: nullable(text) },
});

/** The name of this process' connections, for other processes. */
export const ownerName = ({ pid, httpPort }: Owner): string => `phonegate ${pid} ${httpPort}`;

export async function takeOwnership(client: pg.Client): Promise<boolean> {
  const [row] = await runStatement(client, TRY_OWNER_LOCK, { lock: OWNER_LOCK });
  return row?.taken ?? false;
}

/** The process that holds the lock; undefined when none does. */
export async function readOwner(client: pg.Client): Promise<Owner | undefined> {
  const [row] = await runStatement(client, READ_OWNER, { lock: OWNER_LOCK });
  const [, pid, httpPort] = /^phonegate (\d+) (\d+)$/.exec(row?.application_name ?? '') ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), httpPort: Number(httpPort) };
}

/** Describes a running gateway: `process 4711, http://localhost:4000`. */
export const describeOwner = ({ pid, httpPort }: Owner): string =>
  `process ${pid}${httpPort === 0 ? '' : `, http://localhost:${httpPort}`}`;
