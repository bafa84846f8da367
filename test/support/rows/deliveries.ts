import type { ChannelName } from '../../../src/config/config.js';
import type { TestDatabase } from '../gateway.js';
import { type Moment, type Queryable, idAt, insertRows, updateRows } from './write.js';

const SMS_LOG = 'sms_log';

export interface NewDelivery {
  id: string;
  attemptId: string | null;
  channel: string;
  providerId: string | null;
  latencyMs: number | null;
  maskedPhone: string;
  country: string | null;
  purpose: string;
  locale: string;
  status: string;
  failure: string | null;
  detail: string | null;
  cost: number | null;
  nextChannels: ChannelName[];
  failoverAt: Moment | null;
  createdAt: Date;
  updatedAt: Moment;
  deliveredAt: Moment | null;
}

/** @returns the deliveries' ids */
export async function insertDeliveries(database: Queryable, rows: Partial<NewDelivery>[]): Promise<string[]> {
  const deliveries = rows.map((row) => ({
    id: idAt(row.createdAt ?? new Date()),
    channel: 'console',
    maskedPhone: '+7701*****02',
    purpose: 'LOGIN_CODE',
    locale: 'en',
    status: 'QUEUED',
    ...row,
  }));
  await insertRows(database, SMS_LOG, deliveries);
  return deliveries.map(({ id }) => id);
}

/** @returns the delivery's id */
export async function insertDelivery(database: Queryable, row: Partial<NewDelivery> = {}): Promise<string> {
  return String((await insertDeliveries(database, [row]))[0]);
}

export const setDeliveryStatus = (database: Queryable, attemptId: string, status: string) =>
  updateRows(database, SMS_LOG, { where: { attemptId }, set: { status, updatedAt: '0 seconds' } });

/** Changes only the time of the last change. */
export const touchDelivery = (database: Queryable, id: string) =>
  database.query("UPDATE sms_log SET updated_at = updated_at + interval '1 second' WHERE id = $1", [id]);

export const makeFailoverDue = (database: Queryable, id: string) =>
  updateRows(database, SMS_LOG, { where: { id }, set: { failoverAt: '0 seconds' } });

/** Makes the failover of every delivery that waits for one, or of those of an attempt, due now. */
export const makeFailoversDue = (database: Queryable, attemptId: string | null = null) =>
  database.query(
    'UPDATE sms_log SET failover_at = now() WHERE failover_at IS NOT NULL AND attempt_id = coalesce($1, attempt_id)',
    [attemptId],
  );

/** @returns the number of deliveries that no gateway has taken yet although their failover is due */
export async function countDueFailovers(database: Pick<TestDatabase, 'query'>): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM sms_log WHERE failover_at <= now()',
  );
  return Number(row?.count);
}

/** Cancels the failovers of all deliveries. */
export const cancelFailovers = (database: Queryable) =>
  updateRows(database, SMS_LOG, { where: {}, set: { failoverAt: null } });

/** Makes the next poll of every polled delivery due now. */
export const makePollsDue = (database: Queryable) =>
  database.query('UPDATE sms_log SET poll_at = now() WHERE poll_at IS NOT NULL');

/** Makes a delivery as old as its receipt will find it: its next receipt comes this long after it was created. */
export const ageDelivery = (database: Queryable, id: string, ageMs: number) =>
  database.query(
    `UPDATE sms_log SET created_at = now() - $2 * interval '1 millisecond', poll_at = CASE WHEN poll_at IS NOT NULL THEN now() END
     WHERE id = $1`,
    [id, ageMs],
  );

/** A row of the SMS log, with the columns that tests read. */
interface DeliveryRow {
  id: string;
  attempt_id: string | null;
  channel: ChannelName;
  provider_id: string | null;
  masked_phone: string;
  purpose: string;
  locale: string;
  template: string | null;
  status: string;
  failure: string | null;
  detail: string | null;
  latency_ms: number | null;
  failover_at: Date | null;
  poll_at: Date | null;
  created_at: Date;
  updated_at: Date;
  delivered_at: Date | null;
}

const CONDITIONS = {
  attemptId: 's.attempt_id = $1',
  phone: 's.attempt_id IN (SELECT id FROM login_attempts WHERE phone = $1)',
  maskedPhone: 's.masked_phone = $1',
};

/** The deliveries of an attempt or of a phone, or all of them, oldest first. */
export function readDeliveries(
  database: Pick<TestDatabase, 'query'>,
  of: Partial<Record<keyof typeof CONDITIONS, string>> = {},
): Promise<DeliveryRow[]> {
  const field = (Object.keys(CONDITIONS) as (keyof typeof CONDITIONS)[]).find((one) => of[one] !== undefined);
  return database.query<DeliveryRow & Record<string, unknown>>(
    `SELECT s.* FROM sms_log s WHERE ${field ? CONDITIONS[field] : 'true'} ORDER BY s.created_at, s.id`,
    field ? [of[field]] : [],
  );
}
