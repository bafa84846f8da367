import { StartupError } from '../startup-error.js';
import { type MigrationError, interruptedAdvice } from './migration-error.js';
import { NO_SCHEMA, SCHEMA_REFUSED } from './require-schema.js';
import { ENGINE_FAILED } from './schema-engine.js';
import { READ_ONLY } from './servers.js';
import { tlsAdvice } from './tls-error.js';

/** Why a database cannot be used, and advice for the operator: `28P01: the user or the password is wrong`. */
export function describeDatabaseError(error: unknown): { why: string; advice: string } {
  const { code, message, migration, interrupted } = error as MigrationError;
  const why = code ?? message.split('\n')[0] ?? '';
  if (interrupted) return { why, advice: interruptedAdvice(interrupted) };
  if (migration !== undefined)
    return {
      why: `${why} in the migration ${migration}`,
      advice: SAME_IN_MIGRATION.test(why) ? adviceFor(why) : MIGRATION_FAILED,
    };
  return { why, advice: tlsAdvice(error) ?? adviceFor(reasonFor(why, message)) };
}

/** What the code alone does not say. */
function reasonFor(code: string, message: string): string {
  if (code === '28000' && /pg_hba/.test(message)) return 'pg_hba';
  if (code === '08P01' && /startup parameter/.test(message)) return SCHEMA_REFUSED;
  return code === '42704' && /configuration parameter/.test(message) ? 'unknown_option' : code;
}

/** The error for an operator whose variable names a database that cannot be used. */
export function databaseProblem(variable: string, error: unknown): StartupError {
  const { why, advice } = describeDatabaseError(error);
  return new StartupError(`${variable} cannot be used (${why}): ${advice}.`, { cause: error });
}

/** A lost connection, a missing right, a read-only server, and what the server cannot do now. Other codes are about the SQL of the migration. */
const SAME_IN_MIGRATION = /^(E[A-Z_]+$|Connection terminated|42501|25006|5[3-7])/;
const MIGRATION_FAILED =
  'PostgreSQL has undone it; the column logs of the table _prisma_migrations has its message; remove the cause, and start again';
const UNREACHABLE = 'check that PostgreSQL runs there and that host, port, user, password and database are correct';

const ADVICE: Record<string, string> = {
  P3005: 'the database contains tables of another application; create a separate database for Phonegate',
  P3009: 'an earlier migration failed; the table _prisma_migrations shows which one, and why',
  P3018: MIGRATION_FAILED,
  '3D000': 'this database does not exist; create it first',
  pg_hba:
    'the server does not accept this user from this machine (pg_hba.conf); if the server requires TLS, add ?sslmode=require',
  '0LP01': 'the role of DATABASE_URL owns the tables or is a superuser; create another role for the gateway',
  '42704': 'the role of DATABASE_URL does not exist; create it first',
  unknown_option: 'the server does not know an option of ?options= in the URL; remove it',
  '42501':
    'give the user the right to create and read tables in this database (GRANT CREATE ON DATABASE and GRANT CREATE ON SCHEMA), or run "phonegate migrate" with DATABASE_OWNER_URL',
  [READ_ONLY]:
    'this server is read-only: it is a standby, or default_transaction_read_only is on; write the host of the primary, or all hosts with commas between them',
  [NO_SCHEMA]: 'the schema of ?schema=, or of the search_path of the role, does not exist; create it first',
  [SCHEMA_REFUSED]:
    'a pooler does not pass ?schema= or ?options= on; remove them, and run ALTER ROLE … SET search_path = … instead',
  '57014':
    'PostgreSQL canceled a statement, because of statement_timeout or of an administrator; if a pooler is in front, set DIRECT_DATABASE_URL to the URL of the server without it; start again',
  '55P03':
    'another transaction holds a lock for longer than lock_timeout; end it (pg_stat_activity shows it), and start again',
  '57P01': 'an administrator ended the connection, or the server stops; start again when it runs',
  '57P03': 'the server starts, stops or recovers; start again when it accepts connections (its log says when)',
  '53100': 'the disk of the server is full; free space there, and start again',
  '53200': 'the server has no memory left; its log shows why',
  '53300':
    'all connections of the server, the database or the role are in use; end others, raise max_connections, or make the pools of the gateways smaller (DATABASE_POOL_SIZE, DATABASE_ADMIN_POOL_SIZE, DATABASE_BACKGROUND_POOL_SIZE)',
};

/** Codes of Node.js, and messages of node-postgres that have no code. */
const NO_CONNECTION = /^(E(?!RR_)[A-Z_]+$|timeout e|Connection terminated|Query read timeout)/;

export function adviceFor(why: string): string {
  const advice = ADVICE[why];
  if (advice !== undefined) return advice;
  if (why.startsWith('28')) return 'the user or the password is wrong';
  if (why.startsWith(ENGINE_FAILED))
    return 'this is a fault of the program that applies migrations, and not of the URL; start again, and report it if it stays';
  if (NO_CONNECTION.test(why)) return UNREACHABLE;
  return 'the log of PostgreSQL, and the list of its error codes (Appendix A of its documentation), can say more';
}
