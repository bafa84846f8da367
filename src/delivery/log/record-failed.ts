import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { array, bool, int4, nullable, text, uuid } from '../../db/types.js';
import type { Rule } from '../../guard/rules.js';
import { type Failed, mayHaveBeenSent } from '../channels/channel.js';
import { NEW_DELIVERY, type NewDelivery, type SendRecord, notifyWatchers, secondsFromNow } from './sms-log.js';

/**
 * Records the failure and writes the next delivery in one statement, so that no other process can act in between. It
 * writes no next delivery when the attempt is over, a newer delivery exists, or an earlier message has arrived.
 *
 * A receipt may have arrived meanwhile that shows the message under way. If the provider gave no answer, the receipt is
 * right, and the statement returns no row. After a clear refusal, the receipt belonged to another message.
 */
const recordFailedStatement = (name: string, watched: boolean) =>
  statement({
    name,
    sql: `
    WITH failed_delivery AS (
      UPDATE sms_log SET status = 'FAILED', failure = :failure, detail = :detail, template = :template, locale = :locale,
             latency_ms = :latencyMs, blocked_by = coalesce(:blockedBy, blocked_by), failover_at = NULL, poll_at = NULL, provider_id = NULL, delivered_at = NULL, updated_at = now()
      WHERE id = :deliveryId AND (status = 'QUEUED' OR :refused::boolean)
      RETURNING id, attempt_id, masked_phone, country, purpose, created_at, blocked_by
    ), next_delivery AS (
      INSERT INTO ${NEW_DELIVERY}
      SELECT :nextDeliveryId::uuid, attempt_id, :nextChannel, masked_phone, country, purpose, :nextLocale,
             CASE WHEN :nextIsDecoy::boolean THEN 'suppressed' END, :nextChannels::text[], ${secondsFromNow(':nextOverdueSeconds')}, blocked_by
      FROM failed_delivery f WHERE :nextDeliveryId::uuid IS NOT NULL
        AND EXISTS (SELECT FROM login_attempts a WHERE a.id = f.attempt_id AND a.status = 'PENDING' AND a.expires_at > now())
        AND NOT EXISTS (
          SELECT FROM sms_log other WHERE other.attempt_id = f.attempt_id AND other.id <> f.id
            AND (other.delivered_at >= f.created_at OR (other.created_at, other.id) > (f.created_at, f.id))
        )
      RETURNING id
    )${watched ? `, watchers_notified AS (${notifyWatchers('failed_delivery')})` : ''}
    SELECT EXISTS (SELECT FROM next_delivery) AS continues FROM failed_delivery`,
    parameters: {
      deliveryId: uuid,
      failure: text,
      detail: text,
      template: text,
      locale: text,
      latencyMs: int4,
      blockedBy: nullable(text),
      refused: bool,
      nextDeliveryId: nullable(uuid),
      nextChannel: nullable(text),
      nextLocale: nullable(text),
      nextIsDecoy: bool,
      nextChannels: array(text),
      nextOverdueSeconds: nullable(int4),
    },
    columns: { continues: bool },
  });

const RECORD_FAILED = {
  unwatched: recordFailedStatement('delivery/record_failed', false),
  watched: recordFailedStatement('delivery/record_failed_watched', true),
};

/**
 * Records that the channel did not accept the message.
 *
 * @returns `continues` when the next delivery is written; `over` when there is none, or the attempt needs none;
 * `on_its_way` when a receipt has shown that the message was sent after all.
 */
export async function recordFailed(
  input: {
    record: SendRecord;
    result: Failed;
    next: NewDelivery | undefined;
    /** The rule of the guard that blocked a notification. */
    blockedBy?: Rule | undefined;
  },
  { database }: { database: Database },
): Promise<'continues' | 'over' | 'on_its_way'> {
  const { record, result, next, blockedBy } = input;
  const [row] = await database.query(RECORD_FAILED[record.watched ? 'watched' : 'unwatched'], {
    deliveryId: record.deliveryId,
    failure: result.failure,
    detail: result.detail,
    template: record.template,
    locale: record.locale,
    latencyMs: Math.round(record.latencyMs),
    blockedBy,
    refused: !mayHaveBeenSent(result),
    nextDeliveryId: next?.deliveryId,
    nextChannel: next?.channel,
    nextLocale: next?.locale,
    nextIsDecoy: next?.decoy ?? false,
    nextChannels: next?.nextChannels ?? [],
    nextOverdueSeconds: next?.overdueSeconds,
  });
  if (!row) return 'on_its_way';
  return row.continues ? 'continues' : 'over';
}
