import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { array, text } from '../db/types.js';
import {
  SENDS_PER_IP_PER_DAY,
  SENDS_PER_IP_PER_HOUR,
  SENDS_PER_PHONE_PER_DAY,
  SENDS_PER_PHONE_PER_HOUR,
} from './limits.js';

/**
 * Budgets of codes that were sent and not used, for a phone and for the network of a client IP (R7). A code that was
 * used, or that no channel accepted, is given back. A canceled attempt is not given back.
 */

/** SQL: a phone begins with a plus, an IP never does. */
const limit = (b: string, perPhone: number, perIp: number) =>
  `CASE WHEN ${b}.subject LIKE '+%' THEN ${perPhone} ELSE ${perIp} END`;
const isThisHour = (b: string) => `${b}.hour_started_at > now() - interval '1 hour'`;
const isToday = (b: string) => `${b}.day_started_at > now() - interval '1 day'`;
const hourIsFull = (b: string) =>
  `(${isThisHour(b)} AND ${b}.hour_sends >= ${limit(b, SENDS_PER_PHONE_PER_HOUR, SENDS_PER_IP_PER_HOUR)})`;
const dayIsFull = (b: string) =>
  `(${isToday(b)} AND ${b}.day_sends >= ${limit(b, SENDS_PER_PHONE_PER_DAY, SENDS_PER_IP_PER_DAY)})`;

/**
 * SQL: seconds until this phone and network may cause a send; null when they may now. Either of them may be null. See
 * docs/decisions/0007.
 */
export const sendRetryAfter = (phone: string, network: string) => `(
  SELECT max(greatest(1, ceil(extract(epoch FROM
    CASE WHEN ${dayIsFull('b')} THEN b.day_started_at + interval '1 day' ELSE b.hour_started_at + interval '1 hour' END - now()))))::int
  FROM send_budgets b WHERE b.subject IN (${phone}, ${network}) AND (${hourIsFull('b')} OR ${dayIsFull('b')}))`;

/** SQL: whether this phone and network may cause a send. */
export const mayCauseSend = (phone: string, network: string) =>
  `NOT EXISTS (SELECT 1 FROM send_budgets b WHERE b.subject IN (${phone}, ${network}) AND (${hourIsFull('b')} OR ${dayIsFull('b')}))`;

/**
 * SQL: charges one send for each row `(phone, client_network)` of `from`, and returns the charged subjects. A subject
 * whose budget a concurrent statement has just used up returns no row. Every statement charges the phone first, so two
 * of them cannot deadlock.
 */
export const chargeSend = (from: string) => `
  INSERT INTO send_budgets AS b (subject, hour_started_at, hour_sends, day_started_at, day_sends)
  SELECT subject, now(), 1, now(), 1
  FROM ${from}, unnest(ARRAY[${from}.phone, ${from}.client_network]) WITH ORDINALITY AS charge (subject, position)
  WHERE subject IS NOT NULL ORDER BY position
  ON CONFLICT (subject) DO UPDATE SET
    hour_started_at = CASE WHEN ${isThisHour('b')} THEN b.hour_started_at ELSE now() END,
    hour_sends = CASE WHEN ${isThisHour('b')} THEN b.hour_sends + 1 ELSE 1 END,
    day_started_at = CASE WHEN ${isToday('b')} THEN b.day_started_at ELSE now() END,
    day_sends = CASE WHEN ${isToday('b')} THEN b.day_sends + 1 ELSE 1 END
  WHERE NOT (${hourIsFull('b')} OR ${dayIsFull('b')})
  RETURNING subject`;

/**
 * SQL: two common table expressions for a used code, which is the row `from (phone, client_network)`. The phone gets
 * its whole budget back, the network gets one send back.
 */
export const resetSends = (from: string) => `
  phone_budget AS (
    UPDATE send_budgets b SET hour_sends = 0, day_sends = 0 FROM ${from} WHERE b.subject = ${from}.phone RETURNING b.subject
  ),
  network_budget AS (
    UPDATE send_budgets b SET hour_sends = greatest(0, b.hour_sends - 1), day_sends = greatest(0, b.day_sends - 1)
    FROM ${from} LEFT JOIN phone_budget ON true WHERE b.subject = ${from}.client_network
  )`;

const GIVE_BACK = statement({
  name: 'guard/give_back_send',
  sql: `
    UPDATE send_budgets b SET hour_sends = greatest(0, b.hour_sends - 1), day_sends = greatest(0, b.day_sends - 1)
    FROM (SELECT subject FROM send_budgets WHERE subject = ANY(:subjects::text[]) ORDER BY subject COLLATE "C" FOR UPDATE) AS locked
    WHERE b.subject = locked.subject`,
  parameters: { subjects: array(text) },
  columns: {},
});

/** Gives back a send that no channel accepted (R8). `charged` is the list of subjects that `chargeSend` returned. */
export async function giveBackSend(
  { charged }: { charged: string[] },
  { database }: { database: Database },
): Promise<void> {
  if (charged.length > 0) await database.query(GIVE_BACK, { subjects: charged });
}
