import type { ChannelName } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { deliveryStatus } from '../../db/enums.js';
import { statement } from '../../db/statement.js';
import { array, nullable, text, textOf, uuid } from '../../db/types.js';
import type { Audit } from '../../events/audit.js';
import type { Receipt } from '../channels/channel.js';
import { noteLateChange } from '../statistics/count-hours.js';
import { shownAt } from './sms-log.js';

/** SQL: a status only moves forward. FAILED, UNDELIVERED and READ are final, and after DELIVERED only READ can follow. */
const MOVES_FORWARD = `(
  (d.status IN ('QUEUED', 'ACCEPTED', 'SENT') AND :status::delivery_status > d.status) OR (d.status = 'DELIVERED' AND :status = 'READ')
)`;

/**
 * SQL: applies a receipt to the delivery `found_delivery (id)`. The status only moves forward, so late and repeated
 * receipts change nothing. If the message has failed for good, the next channel is due at once. If it has arrived, the
 * next channel is never due.
 *
 * Watching clients are not notified here, because the moment of a receipt tells when somebody uses the phone. They learn
 * the outcome at `failover_at`, and never that the message was read: docs/decisions/0036.
 */
const applyTo = (foundDelivery: string, providerId: string) => `
  WITH found_delivery AS (${foundDelivery}), updated_delivery AS (
    UPDATE sms_log d SET
      status = :status::delivery_status, failure = coalesce(:failure, d.failure), detail = coalesce(:detail, d.detail),
      provider_id = ${providerId}, updated_at = now(),
      delivered_at = CASE WHEN :status IN ('DELIVERED', 'READ') THEN coalesce(d.delivered_at, now()) END,
      failover_at = CASE WHEN :status IN ('ACCEPTED', 'SENT') OR d.delivered_at IS NOT NULL THEN d.failover_at
                         WHEN :status IN ('UNDELIVERED', 'FAILED') AND cardinality(d.next_channels) > 0 THEN now()
                         WHEN d.attempt_id IS NOT NULL THEN ${shownAt('now()')} END,
      poll_at = CASE WHEN :status IN ('ACCEPTED', 'SENT') THEN d.poll_at END
    FROM found_delivery WHERE d.id = found_delivery.id AND ${MOVES_FORWARD}
    RETURNING d.id, d.attempt_id, d.channel, d.created_at
  ),
  late_change AS (${noteLateChange('updated_delivery')})
  SELECT id, attempt_id, channel FROM updated_delivery`;

const RECEIPT_PARAMETERS = {
  channels: array(text),
  providerId: text,
  status: deliveryStatus,
  failure: nullable(text),
  detail: nullable(text),
};
const RECEIPT_COLUMNS = { id: uuid, attempt_id: nullable(uuid), channel: textOf<ChannelName>() };

const APPLY_RECEIPT = statement({
  name: 'delivery/apply_receipt',
  sql: applyTo(
    'SELECT id FROM sms_log WHERE channel = ANY(:channels::text[]) AND provider_id = :providerId',
    'd.provider_id',
  ),
  parameters: RECEIPT_PARAMETERS,
  columns: RECEIPT_COLUMNS,
});

/**
 * The same for a receipt with an ID that no row has, of a delivery whose answer is not recorded: either the receipt came before the
 * answer, or the process died in between. By now, a row may have the ID.
 */
const ADOPT_RECEIPT = statement({
  name: 'delivery/adopt_receipt',
  sql: applyTo(
    `SELECT id FROM (
       SELECT id, 1 AS rank, created_at FROM sms_log WHERE channel = ANY(:channels::text[]) AND provider_id = :providerId
       UNION ALL
       SELECT s.id, 2, s.created_at FROM sms_log s
       WHERE s.id = :deliveryId AND s.channel = ANY(:channels::text[]) AND s.status = 'QUEUED' AND s.provider_id IS NULL AND s.failure IS NULL
         AND s.masked_phone <> ''
     ) candidates ORDER BY rank, created_at LIMIT 1`,
    ':providerId',
  ),
  parameters: { ...RECEIPT_PARAMETERS, deliveryId: uuid },
  columns: RECEIPT_COLUMNS,
});

/** A provider's report about one of its messages, by webhook or from a poll. See docs/decisions/0012. */
export interface ReceivedReceipt extends Receipt {
  /** The channels of the provider that reported it. */
  channels: ChannelName[];
  providerId: string;
  /** The delivery that gets the receipt when no row has the ID. */
  deliveryId?: string | undefined;
}

/** @throws a database error when the receipt could not be recorded. The provider must send it again. */
export type ReceiveReceipt = (receipt: ReceivedReceipt) => Promise<'recorded' | 'nothing_new'>;

export function createReceiveReceipt({ database, audit }: { database: Database; audit: Audit }): ReceiveReceipt {
  return async ({ channels, providerId, deliveryId, status, failure, detail }) => {
    const receipt = { channels, providerId, status, failure, detail };
    const [row] =
      deliveryId === undefined
        ? await database.query(APPLY_RECEIPT, receipt)
        : await database.query(ADOPT_RECEIPT, { ...receipt, deliveryId });
    if (!row) return 'nothing_new';
    audit.info({
      event: 'delivery.receipt',
      deliveryId: row.id,
      attemptId: row.attempt_id,
      channel: row.channel,
      status,
      failure,
      detail,
    });
    return 'recorded';
  };
}
