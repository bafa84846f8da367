import type pg from 'pg';
import { createClient } from '../../db/connection.js';
import { CLOCK_ADVICE, isSkewed, readClockSkew } from '../../db/clock-skew.js';
import { adviceFor, describeDatabaseError } from '../../db/database-error.js';
import { READ_INVALID_INDEXES } from '../../db/invalid-indexes.js';
import { interruptedAdvice } from '../../db/migration-error.js';
import { migrationStatus } from '../../db/migration-status.js';
import { type Queryable, runStatement } from '../../db/run-statement.js';
import { statement } from '../../db/statement.js';
import { text } from '../../db/types.js';
import { type ConnectionSupport, tryConnection } from '../../db/try-connection.js';
import { createLog } from '../../log.js';
import { type Finding, ok, problem, warning } from './finding.js';

const CONNECT_TIMEOUT_MS = 5_000;

const READ_VERSION = statement({
  name: 'cli/doctor_read_version',
  sql: `SELECT current_setting('server_version') AS server_version`,
  parameters: {},
  columns: { server_version: text },
});

/** The database as the doctor found it. */
export interface OpenedDatabase {
  findings: Finding[];
  /** Undefined when the database could not be reached. */
  client: Queryable | undefined;
  close(): Promise<void>;
}

/** Connects, and checks the connection, the clock, the migrations and the indexes. Does not reject. */
export async function openDatabase(url: string): Promise<OpenedDatabase> {
  let client: pg.Client;
  let support: ConnectionSupport;
  try {
    support = await tryConnection(url, createLog('silent'));
    client = await connect(url);
  } catch (error) {
    const { why, advice } = describeDatabaseError(error);
    return {
      findings: [problem('database', `DATABASE_URL cannot be used (${why})`, capitalised(advice))],
      client: undefined,
      close: async () => {},
    };
  }
  return {
    findings: [
      ...(await checkVersionAndClock(client)),
      ...describeSupport(support),
      ...(await checkMigrations(client).catch((error: unknown) => {
        const { why, advice } = describeDatabaseError(error);
        return [problem('migrations', `the table of migrations cannot be read (${why})`, capitalised(advice))];
      })),
      ...(await checkIndexes(client)),
    ],
    client,
    close: () => client.end(),
  };
}

async function connect(url: string): Promise<pg.Client> {
  const client = createClient(url, { connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

function describeSupport({ isPooled, hasTimeout }: ConnectionSupport): Finding[] {
  return [
    ...(isPooled ? [ok('database', 'a pooler is in front of it, so the gateway prepares no statements')] : []),
    ...(hasTimeout
      ? []
      : [
          warning(
            'database',
            'the pooler drops the time limits of statements, and the role has none',
            "Run for the role of the gateway: ALTER ROLE … SET statement_timeout = '9s', and SET idle_in_transaction_session_timeout = '15s'",
          ),
        ]),
  ];
}

async function checkVersionAndClock(client: Queryable): Promise<Finding[]> {
  const [row] = await runStatement(client, READ_VERSION, {});
  return [ok('database', `PostgreSQL ${row?.server_version.split(' ')[0]} answers`), await checkClock(client)];
}

async function checkClock(client: Queryable): Promise<Finding> {
  const seconds = await readClockSkew((statement, parameters) => runStatement(client, statement, parameters));
  if (seconds === undefined)
    return warning('clock', 'the database answers too slowly to compare its clock', 'Try again when it is less busy');
  if (!isSkewed(seconds)) return ok('clock', 'this machine and the database have the same time');
  return problem(
    'clock',
    `this machine is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the database: other instances and backends refuse its access tokens, and codes end too early or too late`,
    CLOCK_ADVICE,
  );
}

async function checkMigrations(client: pg.Client): Promise<Finding[]> {
  const { missing, changed, unknown, failed, interrupted, foreign } = await migrationStatus(client);
  const findings: Finding[] = [];
  if (interrupted.length > 0)
    findings.push(
      problem('migrations', `interrupted: ${interrupted.join(', ')}`, capitalised(interruptedAdvice(interrupted))),
    );
  else if (failed.length > 0)
    findings.push(problem('migrations', `failed: ${failed.join(', ')}`, capitalised(adviceFor('P3018'))));
  else if (foreign) findings.push(problem('migrations', 'none applied', capitalised(adviceFor('P3005'))));
  else if (missing.length > 0)
    findings.push(
      problem(
        'migrations',
        `not applied: ${missing.join(', ')}`,
        'Start the gateway; it applies them before it accepts requests',
      ),
    );
  if (changed.length > 0)
    findings.push(
      problem(
        'migrations',
        `changed after they were applied: ${changed.join(', ')}`,
        'Restore these files to the content that was applied',
      ),
    );
  if (unknown.length > 0)
    findings.push(
      warning(
        'migrations',
        `applied by a newer version: ${unknown.join(', ')}`,
        'Run the same version of Phonegate on every instance',
      ),
    );
  return findings.length > 0 ? findings : [ok('migrations', 'all applied')];
}

async function checkIndexes(client: Queryable): Promise<Finding[]> {
  const indexes = await runStatement(client, READ_INVALID_INDEXES, {});
  return indexes.map(({ name, repair }) =>
    warning(
      'indexes',
      `PostgreSQL does not use ${name}, because its creation was interrupted: some statements are slow`,
      `Run as the owner of the tables: ${repair}`,
    ),
  );
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
