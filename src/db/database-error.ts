import { StartupError } from '../startup-error.js';
import { NO_SCHEMA, SCHEMA_REFUSED } from './require-schema.js';
import { READ_ONLY } from './servers.js';
import { tlsAdvice } from './tls-error.js';

/** Why a database cannot be used, and advice for the operator: `28P01: the user or the password is wrong`. */
export function describeDatabaseError(error: unknown): { why: string; advice: string } {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = code ?? message.split('\n')[0] ?? '';
  return { why, advice: tlsAdvice(error) ?? adviceFor(code === '28000' && /pg_hba/.test(message) ? 'pg_hba' : why) };
}

/** The error for an operator whose variable names a database that cannot be used. */
export function databaseProblem(variable: string, error: unknown): StartupError {
  const { why, advice } = describeDatabaseError(error);
  return new StartupError(`${variable} cannot be used (${why}): ${advice}.`, { cause: error });
}

export function adviceFor(why: string): string {
  if (why === 'P3005')
    return 'the database contains tables of another application; create a separate database for Phonegate';
  if (why === 'P3009' || why === 'P3018')
    return 'an earlier migration failed; the table _prisma_migrations shows which one, and why';
  if (why === '3D000') return 'this database does not exist; create it first';
  if (why === 'pg_hba')
    return 'the server does not accept this user from this machine (pg_hba.conf); if the server requires TLS, add ?sslmode=require';
  if (why.startsWith('28')) return 'the user or the password is wrong';
  if (why === '0LP01')
    return 'the role of DATABASE_URL owns the tables or is a superuser; create another role for the gateway';
  if (why === '42704') return 'the role of DATABASE_URL does not exist; create it first';
  if (why === '42501')
    return 'give the user the right to create and read tables in this database (GRANT CREATE ON DATABASE and GRANT CREATE ON SCHEMA), or run "phonegate migrate" with DATABASE_OWNER_URL';
  if (why === READ_ONLY)
    return 'this server is read-only: it is a standby, or default_transaction_read_only is on; write the host of the primary, or all hosts with commas between them';
  if (why === NO_SCHEMA)
    return 'the schema of ?schema=, or of the search_path of the role, does not exist; create it first';
  if (why === SCHEMA_REFUSED)
    return 'a pooler does not pass ?schema= or ?options= on; remove them, and run ALTER ROLE … SET search_path = … instead';
  return 'check that PostgreSQL runs there and that host, port, user, password and database are correct';
}
