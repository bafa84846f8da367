import pg from 'pg';
import { adviceFor, describeDatabaseError } from '../../db/database-error.js';
import { migrationStatus } from '../../db/migration-status.js';
import { type Finding, ok, problem, warning } from './finding.js';

const CONNECT_TIMEOUT_MS = 5_000;
/** Times are compared between instances and the database: what expires in 300 s may be a second off, not more. */
const CLOCK_SECONDS = 2;

/** What the doctor reads from the database while it is there. */
export interface OpenedDatabase {
  findings: Finding[];
  /** Runs a query; nothing when the database could not be reached. */
  query: (<Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>) | undefined;
  close(): Promise<void>;
}

export async function openDatabase(url: string): Promise<OpenedDatabase> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => {});
    const { why, advice } = describeDatabaseError(error);
    return {
      findings: [problem('database', `DATABASE_URL cannot be used (${why})`, capitalised(advice))],
      query: undefined,
      close: async () => {},
    };
  }
  return {
    findings: [
      ok('database', `PostgreSQL ${await version(client)} answers`),
      await checkClock(client),
      ...(await checkMigrations(client).catch((error: unknown) => {
        const { why, advice } = describeDatabaseError(error);
        return [problem('migrations', `they cannot be read (${why})`, capitalised(advice))];
      })),
    ],
    query: async (text, values) => (await client.query(text, values)).rows as never,
    close: () => client.end(),
  };
}

async function version(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  return rows[0]?.server_version.split(' ')[0] ?? '';
}

async function checkClock(client: pg.Client): Promise<Finding> {
  const before = Date.now();
  const { rows } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  const here = (before + Date.now()) / 2;
  const seconds = Math.round(((rows[0]?.now.getTime() ?? here) - here) / 100) / 10;
  return Math.abs(seconds) <= CLOCK_SECONDS
    ? ok('clock', 'this machine and the database agree')
    : problem(
        'clock',
        `the database's clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}`,
        'Run NTP on both machines',
      );
}

async function checkMigrations(client: pg.Client): Promise<Finding[]> {
  const { missing, changed, unknown, failed, foreign } = await migrationStatus(client);
  const findings: Finding[] = [];
  if (failed.length > 0)
    findings.push(problem('migrations', `failed half-way: ${failed.join(', ')}`, capitalised(adviceFor('P3009'))));
  else if (foreign) findings.push(problem('migrations', 'none applied', capitalised(adviceFor('P3005'))));
  else if (missing.length > 0)
    findings.push(
      problem(
        'migrations',
        `not applied: ${missing.join(', ')}`,
        'Start the gateway: it applies them before it takes anybody',
      ),
    );
  if (changed.length > 0)
    findings.push(
      problem(
        'migrations',
        `applied in another form: ${changed.join(', ')}`,
        'The files were edited after they were applied: put them back as they were',
      ),
    );
  if (unknown.length > 0)
    findings.push(
      warning(
        'migrations',
        `of a newer version: ${unknown.join(', ')}`,
        'Run the same version of Phonegate everywhere',
      ),
    );
  return findings.length > 0 ? findings : [ok('migrations', 'all applied')];
}

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
