import { ASYNC_COMMIT } from '../../db/async-commit.js';
import type { Database } from '../../db/database.js';
import { deliveryStatus } from '../../db/enums.js';
import { statement } from '../../db/statement.js';
import { bool, int2, int4, nullable, text, uuid } from '../../db/types.js';
import type { Accepted } from '../channels/channel.js';
import { type SendRecord, notifyWatchers, receiptDue } from './sms-log.js';

/** Seconds until an accepted message is polled for the first time. */
const FIRST_POLL_SECONDS = 2;

/** SQL: no receipt has arrived yet, or the one that arrived belongs to another message. */
const NO_RECEIPT = `(d.status = 'QUEUED' OR (:providerId::text IS NOT NULL AND d.provider_id IS DISTINCT FROM :providerId))`;

/** SQL: the message is under way and has neither arrived nor failed. */
const ON_ITS_WAY = `(${NO_RECEIPT} AND :status <> 'DELIVERED' OR NOT ${NO_RECEIPT} AND d.status IN ('ACCEPTED', 'SENT'))`;

/** SQL: the erasure of a user empties the phone. Nothing that leads to the user may be written afterwards. */
const IS_ERASED = `d.masked_phone = ''`;

/** A receipt that arrived before the provider's answer stays valid, unless it belongs to another message. */
const acceptDelivery = `
  UPDATE sms_log d SET
    status = CASE WHEN ${NO_RECEIPT} THEN :status::delivery_status ELSE d.status END,
    provider_id = CASE WHEN NOT ${IS_ERASED} THEN coalesce(:providerId, d.provider_id) END, template = :template, locale = :locale, latency_ms = :latencyMs,
    segments = :segments, cost = :cost, updated_at = now(),
    failover_at = CASE WHEN ${ON_ITS_WAY} THEN ${receiptDue(':receiptSeconds')} WHEN NOT ${NO_RECEIPT} THEN d.failover_at END,
    poll_at = CASE WHEN :polled::boolean AND NOT ${IS_ERASED} AND ${ON_ITS_WAY} THEN now() + interval '${FIRST_POLL_SECONDS} seconds' END,
    delivered_at = CASE WHEN ${NO_RECEIPT} AND :status = 'DELIVERED' THEN now() ELSE d.delivered_at END
  FROM ${ASYNC_COMMIT}
  WHERE d.id = :deliveryId AND d.status <> 'FAILED' AND async_commit.setting = 'off'`;

const recordAcceptedStatement = (name: string, sql: string) =>
  statement({
    name,
    short: true,
    sql,
    parameters: {
      deliveryId: uuid,
      status: deliveryStatus,
      providerId: nullable(text),
      template: text,
      locale: text,
      latencyMs: int4,
      segments: nullable(int2),
      cost: nullable(int4),
      receiptSeconds: int4,
      polled: bool,
    },
    columns: {},
  });

const RECORD_ACCEPTED = {
  unwatched: recordAcceptedStatement('delivery/record_accepted', acceptDelivery),
  watched: recordAcceptedStatement(
    'delivery/record_accepted_watched',
    `WITH accepted_delivery AS (${acceptDelivery} RETURNING d.attempt_id) ${notifyWatchers('accepted_delivery')}`,
  ),
};

/** The steps that follow when a channel has accepted a message. */
export interface FollowUp {
  /** How long to wait for a receipt before the next channel takes over; 0 waits without end. */
  receiptSeconds: number;
  /** Whether the provider is polled for the status. */
  polled: boolean;
}

/** Records that the provider has accepted the message. */
export async function recordAccepted(
  input: { record: SendRecord; result: Accepted; followUp: FollowUp },
  { database }: { database: Database },
): Promise<void> {
  const { record, result, followUp } = input;
  await database.query(RECORD_ACCEPTED[record.watched ? 'watched' : 'unwatched'], {
    deliveryId: record.deliveryId,
    status: result.status ?? 'ACCEPTED',
    providerId: result.providerId,
    template: result.template ?? record.template,
    locale: record.locale,
    latencyMs: Math.round(record.latencyMs),
    segments: result.segments,
    cost: result.cost,
    ...followUp,
  });
}
