import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { bytea, int4, nullable } from '../../db/types.js';
import { CAPTCHA_MAX_DOUBLINGS, CAPTCHA_SOLUTIONS_PER_NETWORK_DOUBLING } from '../limits.js';

/** Whose captcha was solved, as keyed hashes. */
export interface HashedSubject {
  /** Null for a request without a phone. */
  phoneHash: Buffer | null;
  networkHash: Buffer;
}

/** Of concurrent requests with one solution, the primary key admits one. The others get no row. */
const USE_SOLUTION = statement({
  name: 'guard/use_captcha_solution',
  sql: `
    INSERT INTO captcha_solutions (id, phone_hash, network_hash) VALUES (:id, :phoneHash, :networkHash)
    ON CONFLICT (id) DO NOTHING
    RETURNING id`,
  parameters: { id: bytea, phoneHash: nullable(bytea), networkHash: bytea },
  columns: { id: bytea },
});

/** @returns false if the solution was used before */
export async function useSolution(
  solution: { id: Buffer } & HashedSubject,
  { database }: { database: Database },
): Promise<boolean> {
  return (await database.query(USE_SOLUTION, solution)).length > 0;
}

const solvedLately = (column: string, hash: string, limit: number) => `
  (SELECT count(*)::int FROM (
    SELECT FROM captcha_solutions WHERE ${column} = ${hash} AND solved_at > now() - interval '1 hour' LIMIT ${limit}
  ) AS lately)`;

/** Reads a bounded number of rows. A network counts less than a phone, because thousands of users can share it. */
const READ_DOUBLINGS = statement({
  name: 'guard/read_captcha_doublings',
  sql: `
    SELECT greatest(
      ${solvedLately('phone_hash', ':phoneHash', CAPTCHA_MAX_DOUBLINGS)},
      ${solvedLately('network_hash', ':networkHash', CAPTCHA_MAX_DOUBLINGS * CAPTCHA_SOLUTIONS_PER_NETWORK_DOUBLING)}
        / ${CAPTCHA_SOLUTIONS_PER_NETWORK_DOUBLING}
    ) AS doublings`,
  parameters: { phoneHash: nullable(bytea), networkHash: bytea },
  columns: { doublings: int4 },
});

/** How often the work of a captcha is doubled, by what the same phone and network have solved within an hour. */
export async function readDoublings(subject: HashedSubject, { database }: { database: Database }): Promise<number> {
  return (await database.query(READ_DOUBLINGS, subject))[0]?.doublings ?? 0;
}
