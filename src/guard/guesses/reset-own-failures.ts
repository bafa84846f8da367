import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { bytea, nullable, text } from '../../db/types.js';
import { phoneFromNetwork, phoneOnDevice } from './guess-subjects.js';
import { isThisHour, isToday } from '../windows.js';

/** The client that entered codes for a phone. */
export interface GuessingClient {
  phone: string;
  /** The narrowest network; null for a client without limits. */
  network: string | null;
  /** Of the known device that requested the code; null for a stranger. */
  deviceHash: Buffer | null;
}

/** SQL: the subject that counts the wrong codes of this client alone. */
const subjectOf = ({ phone, network, deviceHash }: Record<keyof GuessingClient, string>) =>
  `coalesce(${phoneOnDevice(phone, deviceHash)}, ${phoneFromNetwork(phone, network)}, ${phone})`;

/** SQL: whether the client has wrong codes that a right one resets. */
export const hasOwnFailures = (client: Record<keyof GuessingClient, string>) =>
  `EXISTS (SELECT FROM guess_failures f WHERE f.subject = ${subjectOf(client)} AND f.total_failures > 0)`;

const CLIENT = subjectOf({ phone: ':phone', network: ':network', deviceHash: ':deviceHash::bytea' });

/** The locks are taken in the order in which a wrong code takes them, so the two statements cannot deadlock. */
const RESET_OWN_FAILURES = statement({
  name: 'guard/reset_own_failures',
  sql: `
    WITH locked AS (
      SELECT * FROM guess_failures WHERE subject IN (:phone, ${CLIENT}) ORDER BY subject FOR UPDATE
    ),
    own AS (
      SELECT subject, total_failures, CASE WHEN ${isThisHour('locked')} THEN hour_failures ELSE 0 END AS hour_failures,
             CASE WHEN ${isToday('locked')} THEN day_failures ELSE 0 END AS day_failures
      FROM locked WHERE subject = ${CLIENT}
    )
    UPDATE guess_failures f SET
      ${['hour_failures', 'day_failures', 'total_failures']
        .map(
          (column) =>
            `${column} = CASE WHEN f.subject = own.subject THEN 0 ELSE greatest(0, f.${column} - own.${column}) END`,
        )
        .join(',\n      ')}
    FROM own WHERE f.subject = own.subject OR (f.subject = :phone AND :deviceHash::bytea IS NULL)`,
  parameters: { phone: text, network: nullable(text), deviceHash: nullable(bytea) },
  columns: {},
});

/**
 * Forgets the wrong codes of a client that has entered the right one. Those of other clients stay, because the right code
 * proves nothing about them. A stranger's are taken off the phone's count too.
 */
export async function resetOwnFailures(client: GuessingClient, { database }: { database: Database }): Promise<void> {
  await database.query(RESET_OWN_FAILURES, client);
}
