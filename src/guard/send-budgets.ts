import type { Database, Statement } from '../db/database.js';
import {
  SENDS_PER_IP_PER_DAY,
  SENDS_PER_IP_PER_HOUR,
  SENDS_PER_PHONE_PER_DAY,
  SENDS_PER_PHONE_PER_HOUR,
} from './limits.js';

/**
 * How many codes a phone and a client address may cause to be sent without any of them being used (R7). A canceled attempt
 * has cost as much as another; a code that was used, or that no channel took, has cost nothing.
 */

/** SQL: a phone begins with a plus, which no address does. */
const limit = (b: string, phone: number, address: number) =>
  `CASE WHEN ${b}.subject LIKE '+%' THEN ${phone} ELSE ${address} END`;
const isThisHour = (b: string) => `${b}.hour_started_at > now() - interval '1 hour'`;
const isToday = (b: string) => `${b}.day_started_at > now() - interval '1 day'`;
const hourIsFull = (b: string) =>
  `(${isThisHour(b)} AND ${b}.hour_sends >= ${limit(b, SENDS_PER_PHONE_PER_HOUR, SENDS_PER_IP_PER_HOUR)})`;
const dayIsFull = (b: string) =>
  `(${isToday(b)} AND ${b}.day_sends >= ${limit(b, SENDS_PER_PHONE_PER_DAY, SENDS_PER_IP_PER_DAY)})`;

/** SQL: seconds until a phone and an address, either of which may be null, may cause a send again; null when they may now. */
export const sendRetryAfter = (phone: string, address: string) => `(
  SELECT max(greatest(1, ceil(extract(epoch FROM
    CASE WHEN ${dayIsFull('b')} THEN b.day_started_at + interval '1 day' ELSE b.hour_started_at + interval '1 hour' END - now()))))::int
  FROM send_budgets b WHERE b.subject IN (${phone}, ${address}) AND (${hourIsFull('b')} OR ${dayIsFull('b')}))`;

/** SQL: whether they may. */
export const mayCauseSend = (phone: string, address: string) =>
  `NOT EXISTS (SELECT 1 FROM send_budgets b WHERE b.subject IN (${phone}, ${address}) AND (${hourIsFull('b')} OR ${dayIsFull('b')}))`;

/**
 * SQL: charges one send for each row `(phone, address)` of `from`. A subject whose budget a racer has just used up gives no
 * row. The phone goes first, as everywhere: so nobody waits for one who waits for them.
 */
export const chargeSend = (from: string) => `
  INSERT INTO send_budgets AS b (subject, hour_started_at, hour_sends, day_started_at, day_sends)
  SELECT subject, now(), 1, now(), 1
  FROM ${from}, unnest(ARRAY[${from}.phone, ${from}.address]) WITH ORDINALITY AS one (subject, position)
  WHERE subject IS NOT NULL ORDER BY position
  ON CONFLICT (subject) DO UPDATE SET
    hour_started_at = CASE WHEN ${isThisHour('b')} THEN b.hour_started_at ELSE now() END,
    hour_sends = CASE WHEN ${isThisHour('b')} THEN b.hour_sends + 1 ELSE 1 END,
    day_started_at = CASE WHEN ${isToday('b')} THEN b.day_started_at ELSE now() END,
    day_sends = CASE WHEN ${isToday('b')} THEN b.day_sends + 1 ELSE 1 END
  WHERE NOT (${hourIsFull('b')} OR ${dayIsFull('b')})
  RETURNING subject`;

/**
 * SQL: two named queries. The code of the row `from (phone, address)` was used: all that was sent to the phone is forgiven,
 * and then one send to the address.
 */
export const resetSends = (from: string) => `
  forgiven AS (
    UPDATE send_budgets b SET hour_sends = 0, day_sends = 0 FROM ${from} WHERE b.subject = ${from}.phone RETURNING b.subject
  ),
  forgiven_address AS (
    UPDATE send_budgets b SET hour_sends = greatest(0, b.hour_sends - 1), day_sends = greatest(0, b.day_sends - 1)
    FROM ${from} LEFT JOIN forgiven ON true WHERE b.subject = ${from}.address
  )`;

const GIVE_BACK: Statement = {
  name: 'give_back_send',
  text: `
    UPDATE send_budgets b SET hour_sends = greatest(0, b.hour_sends - 1), day_sends = greatest(0, b.day_sends - 1)
    FROM (SELECT subject FROM send_budgets WHERE subject = ANY($1::text[]) ORDER BY subject COLLATE "C" FOR UPDATE) own
    WHERE b.subject = own.subject`,
};

/** No channel took the message: nothing was sent, so nothing is charged (R8). `charged`: what `chargeSend` gave. */
export async function giveBackSend(charged: string[], database: Database): Promise<void> {
  if (charged.length > 0) await database.query(GIVE_BACK, [charged]);
}
