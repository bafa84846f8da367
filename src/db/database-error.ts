/** Why a database cannot be used, and advice for the operator: `28P01: the user or the password is wrong`. */
export function describeDatabaseError(error: unknown): { why: string; advice: string } {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = code ?? message.split('\n')[0] ?? '';
  return { why, advice: adviceFor(code === '28000' && /pg_hba/.test(message) ? 'pg_hba' : why) };
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
    return 'give the user the right to create and read tables in this database, or run "phonegate migrate" with DATABASE_OWNER_URL';
  return 'check that PostgreSQL runs there and that host, port, user, password and database are correct';
}
