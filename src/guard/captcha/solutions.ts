import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { bytea, int4, nullable, text } from '../../db/types.js';
import {
  CAPTCHA_MAX_DOUBLINGS,
  CAPTCHA_MAX_DOUBLINGS_BEYOND,
  CAPTCHA_MESSAGES_PER_DOUBLING,
  CAPTCHA_SOLUTIONS_PER_NETWORK_DOUBLING,
  SENDS_PER_PHONE,
} from '../limits.js';
import { isToday } from '../windows.js';

/** Whose captcha was solved, as keyed hashes. */
export interface HashedSubject {
  /** Null for a request without a phone. */
  phoneHash: Buffer | null;
  networkHash: Buffer;
}

const solvedWithinHour = (column: string, hash: string, limit: number) => `
  (SELECT count(*)::int FROM (
    SELECT FROM captcha_solutions WHERE ${column} = ${hash} AND solved_at > now() - interval '1 hour' LIMIT ${limit}
  ) AS solved)`;

/** SQL: doublings for what the phone got beyond its budget of a day, which is twice as large for clients that solve captchas. */
const doublingsBeyond = (phone: string) => `
  coalesce((
    SELECT least(${CAPTCHA_MAX_DOUBLINGS_BEYOND}, greatest(0, b.day_sends / 100 - ${2 * SENDS_PER_PHONE.day}) / ${CAPTCHA_MESSAGES_PER_DOUBLING})
    FROM budgets b WHERE b.subject = ${phone} AND ${isToday('b')}
  ), 0)::int`;

/** SQL: how often the work is doubled now. Reads a bounded number of rows. A network counts less than a phone, because thousands of users can share it. */
const DOUBLINGS = `greatest(
      ${solvedWithinHour('phone_hash', ':phoneHash', CAPTCHA_MAX_DOUBLINGS)},
      ${solvedWithinHour('network_hash', ':networkHash', CAPTCHA_MAX_DOUBLINGS * CAPTCHA_SOLUTIONS_PER_NETWORK_DOUBLING)}
        / ${CAPTCHA_SOLUTIONS_PER_NETWORK_DOUBLING}
    ) + ${doublingsBeyond(':phone')}`;

const READ_DOUBLINGS = statement({
  name: 'guard/read_captcha_doublings',
  sql: `
    SELECT ${DOUBLINGS} AS doublings`,
  parameters: { phone: nullable(text), phoneHash: nullable(bytea), networkHash: bytea },
  columns: { doublings: int4 },
});

/**
 * Of concurrent requests with one solution, the primary key admits one. The others get no row. Nor does a solution whose work is
 * less than the work of a new challenge by more than one doubling: the request itself, repeated, causes one.
 */
const USE_SOLUTION = statement({
  name: 'guard/use_captcha_solution',
  sql: `
    INSERT INTO captcha_solutions (id, phone_hash, network_hash)
    SELECT :id, :phoneHash, :networkHash WHERE ${DOUBLINGS} <= :doublings::int + 1
    ON CONFLICT (id) DO NOTHING
    RETURNING id`,
  parameters: { id: bytea, phone: nullable(text), phoneHash: nullable(bytea), networkHash: bytea, doublings: int4 },
  columns: { id: bytea },
});

/**
 * @param solution `doublings`: those of its challenge
 * @returns false if the solution was used before, or if a new challenge would be much harder
 */
export async function useSolution(
  solution: { id: Buffer; doublings: number; phone: string | null } & HashedSubject,
  { database }: { database: Database },
): Promise<boolean> {
  return (await database.query(USE_SOLUTION, solution)).length > 0;
}

/** How often the work of a captcha is doubled, by what the same phone and network have solved within an hour, and by attacks on the phone. */
export async function readDoublings(
  subject: HashedSubject & { phone: string | null },
  { database }: { database: Database },
): Promise<number> {
  return (await database.query(READ_DOUBLINGS, subject))[0]?.doublings ?? 0;
}
