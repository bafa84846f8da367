/** Why a database cannot be used, and advice for the operator: `28P01: the user or the password is not right`. */
export function describeDatabaseError(error: unknown): { why: string; advice: string } {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = code ?? message.split('\n')[0] ?? '';
  return { why, advice: adviceFor(code === '28000' && /pg_hba/.test(message) ? 'pg_hba' : why) };
}

export function adviceFor(why: string): string {
  if (why === 'P3005') return 'the database holds tables that are not ours; give Phonegate a database of its own';
  if (why === 'P3009' || why === 'P3018')
    return 'a migration failed there earlier; see the table _prisma_migrations for which, and why';
  if (why === '3D000') return 'there is no such database; create it first';
  if (why === 'pg_hba')
    return 'the server does not let this user in from here (pg_hba.conf); if it takes TLS only, add ?sslmode=require';
  if (why.startsWith('28')) return 'the user or the password is not right';
  if (why === '42501') return 'the user may not create or read tables there';
  return 'check that PostgreSQL runs there and that host, port, user, password and database are right';
}
