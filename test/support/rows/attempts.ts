import { somePhone } from '../calls.js';
import { type Moment, type Queryable, idAt, insertRows, updateRows } from './write.js';

const LOGIN_ATTEMPTS = 'login_attempts';

interface AttemptRow {
  id: string;
  method: 'OTP' | 'WHATSAPP';
  status: string;
  phone: string | null;
  secretHash: Uint8Array;
  codeHash: Uint8Array | null;
  codeSalt: Uint8Array | null;
  keyId: string;
  locale: string;
  userId: string | null;
  failureReason: string | null;
  createdAt: Moment;
  expiresAt: Moment;
  resendAt: Moment | null;
  completedAt: Moment | null;
  claimedAt: Moment | null;
}

/** @returns the attempts' ids */
export async function insertAttempts(database: Queryable, rows: Partial<AttemptRow>[]): Promise<string[]> {
  const attempts = rows.map((row) => ({
    id: idAt(row.createdAt instanceof Date ? row.createdAt : new Date()),
    method: 'OTP',
    status: 'PENDING',
    phone: somePhone(),
    secretHash: Buffer.alloc(32),
    keyId: 'k',
    locale: 'en',
    expiresAt: '5 minutes',
    ...row,
  }));
  await insertRows(database, LOGIN_ATTEMPTS, attempts);
  return attempts.map(({ id }) => id);
}

/** @returns the attempt's id */
export async function insertAttempt(database: Queryable, row: Partial<AttemptRow> = {}): Promise<string> {
  return String((await insertAttempts(database, [row]))[0]);
}

export const updateAttempt = (database: Queryable, id: string, changes: Partial<AttemptRow>) =>
  updateRows(database, LOGIN_ATTEMPTS, { where: { id }, set: changes });

export const expireAttempt = (database: Queryable, id: string) =>
  updateAttempt(database, id, { expiresAt: '-1 second' });

export const failAttempt = (database: Queryable, id: string, failureReason: string) =>
  updateAttempt(database, id, { status: 'FAILED', failureReason });

/** Ends the waiting time before the code may be sent again, as if a minute had passed. */
export async function allowResend(database: Queryable, id: string): Promise<void> {
  await updateAttempt(database, id, { resendAt: '-1 second' });
  await database.query(
    `UPDATE budgets SET minute_sends = 0 WHERE subject = (SELECT phone FROM login_attempts WHERE id = $1)`,
    [id],
  );
}

/** Counts one more wrong code. */
export const countFailedTry = (database: Queryable, id: string) =>
  database.query('UPDATE login_attempts SET tries = tries + 1 WHERE id = $1', [id]);

export const deleteAttempt = (database: Queryable, id: string) =>
  database.query('DELETE FROM login_attempts WHERE id = $1', [id]);
