import type { ChannelName } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { deliveryPurpose } from '../../db/enums.js';
import type { DeliveryPurpose } from '../../db/prisma/client.js';
import { statement } from '../../db/statement.js';
import { array, bool, int4, nullable, text, uuid } from '../../db/types.js';

/**
 * The SMS log decides which process sends which message. A delivery is written before the provider is called, with the
 * time at which the next channel takes over unless the message has arrived. If a process dies in between, another
 * process finds the row overdue.
 */

/** SQL: the columns of a new delivery. */
export const NEW_DELIVERY =
  'sms_log (id, attempt_id, channel, masked_phone, country, purpose, locale, failure, next_channels, failover_at, blocked_by)';

/** SQL: the time after this number of seconds; null for null. */
export const secondsFromNow = (seconds: string) => `now() + ${seconds}::int * interval '1 second'`;

/**
 * SQL: when the next channel takes over from an accepted delivery `d`: after this number of seconds, or never for 0.
 */
export const receiptDue = (seconds: string) =>
  `CASE WHEN ${seconds}::int > 0 AND cardinality(d.next_channels) > 0 THEN ${secondsFromNow(seconds)} END`;

/** Seconds. A watching client learns the outcome of a message only at a multiple of this time after its creation. */
const SHOWN_EVERY_SECONDS = 5;

/**
 * SQL: when watching clients learn an outcome of the delivery `d` that the gateway knows at this time. The exact time
 * would tell when the phone was switched on.
 */
export const shownAt = (time: string) =>
  `d.created_at + ceil(extract(epoch FROM ${time} - d.created_at) / ${SHOWN_EVERY_SECONDS}) * interval '${SHOWN_EVERY_SECONDS} seconds'`;

/** SQL: tells clients that watch the attempts of these rows that something has changed. */
export const notifyWatchers = (rows: string) =>
  `UPDATE login_attempts a SET version = version + 1 FROM ${rows} WHERE a.id = ${rows}.attempt_id AND a.status = 'PENDING'`;

/** A delivery that is about to be sent. */
export interface NewDelivery {
  deliveryId: string;
  channel: ChannelName;
  /** The channels that follow if this one does not deliver. */
  nextChannels: ChannelName[];
  /** Seconds after which it is overdue, regardless of its status; null when no channel could take over then. */
  overdueSeconds: number | null;
  /** The locale that the client requested. */
  locale: string;
  /** The message is not sent: the phone is unknown and sign-up is closed, or the guard blocks the message. */
  decoy: boolean;
}

const INSERT_DELIVERY = statement({
  name: 'delivery/insert_delivery',
  sql: `
    INSERT INTO ${NEW_DELIVERY}
    VALUES (:deliveryId, :attemptId, :channel, :maskedPhone, :country, :purpose, :locale,
            CASE WHEN :decoy::boolean THEN 'suppressed' END, :nextChannels, ${secondsFromNow(':overdueSeconds')}, :blockedBy)`,
  parameters: {
    deliveryId: uuid,
    attemptId: uuid,
    channel: text,
    maskedPhone: text,
    country: nullable(text),
    purpose: deliveryPurpose,
    locale: text,
    decoy: bool,
    nextChannels: array(text),
    overdueSeconds: nullable(int4),
    blockedBy: nullable(text),
  },
  columns: {},
});

/** Writes a delivery that does not follow another one: a resend. */
export async function insertDelivery(
  input: NewDelivery & {
    attemptId: string;
    maskedPhone: string;
    country: string | undefined;
    purpose: DeliveryPurpose;
    /** The rule of the guard that blocks it. */
    blockedBy: string | undefined;
  },
  { database }: { database: Database },
): Promise<void> {
  await database.query(INSERT_DELIVERY, input);
}

/**
 * The lock waits for an erasure of the user that runs at this moment, and makes a later one wait. So a row that names
 * the user exists before the erasure, or not at all.
 */
const INSERT_DELIVERY_TO_USER = statement({
  name: 'delivery/insert_delivery_to_user',
  sql: `
    INSERT INTO sms_log (id, user_id, channel, masked_phone, country, purpose, locale)
    SELECT :deliveryId::uuid, u.id, :channel, :maskedPhone, :country, :purpose, :locale
    FROM users u WHERE u.id = :userId FOR KEY SHARE
    RETURNING id`,
  parameters: {
    deliveryId: uuid,
    userId: uuid,
    channel: text,
    maskedPhone: text,
    country: nullable(text),
    purpose: deliveryPurpose,
    locale: text,
  },
  columns: { id: uuid },
});

/**
 * Writes the delivery of a notification.
 *
 * @returns false when the user was erased; then the notification must not be sent.
 */
export async function insertDeliveryToUser(
  input: Pick<NewDelivery, 'deliveryId' | 'channel' | 'locale'> & {
    userId: string;
    maskedPhone: string;
    country: string | undefined;
    purpose: DeliveryPurpose;
  },
  { database }: { database: Database },
): Promise<boolean> {
  return (await database.query(INSERT_DELIVERY_TO_USER, input)).length > 0;
}

/** The facts about a delivery after its provider was called, for the log. */
export interface SendRecord {
  deliveryId: string;
  /** `<channel>/<locale>`, or the provider's own name of its template. */
  template: string;
  /** Of the template. */
  locale: string;
  latencyMs: number;
  /** A client may be watching the attempt. */
  watched: boolean;
}
