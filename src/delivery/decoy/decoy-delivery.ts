import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { int4, text, uuid } from '../../db/types.js';
import { type SendRecord, notifyWatchers, receiptDue, shownAt } from '../log/sms-log.js';

/**
 * With sign-up closed, an unknown phone receives no message. A decoy delivery keeps it indistinguishable from a known
 * phone (R10): its row becomes ACCEPTED, SENT and DELIVERED in the time that recent real messages of its channel took.
 */

/** SQL: accepts a decoy. It becomes SENT after half the time that the channel's latest delivered message took. */
const acceptDelivery = `
  UPDATE sms_log d SET status = 'ACCEPTED', template = :template, locale = :locale, latency_ms = :latencyMs, updated_at = now(),
    failover_at = ${receiptDue(':receiptSeconds')},
    poll_at = now() + (
      SELECT (delivered_at - created_at) / 2 FROM sms_log latest
      WHERE latest.channel = d.channel AND latest.delivered_at IS NOT NULL AND latest.failure IS NULL
      ORDER BY latest.delivered_at DESC LIMIT 1
    )
  WHERE d.id = :deliveryId AND d.status = 'QUEUED'`;

const acceptDecoyStatement = (name: string, sql: string) =>
  statement({
    name,
    sql,
    parameters: { deliveryId: uuid, template: text, locale: text, latencyMs: int4, receiptSeconds: int4 },
    columns: {},
  });

const ACCEPT_DECOY = {
  unwatched: acceptDecoyStatement('delivery/accept_decoy', acceptDelivery),
  watched: acceptDecoyStatement(
    'delivery/accept_decoy_watched',
    `WITH accepted_decoy AS (${acceptDelivery} RETURNING d.attempt_id) ${notifyWatchers('accepted_decoy')}`,
  ),
};

/**
 * Records that a channel has accepted a decoy. `receiptSeconds` is the time after which the next channel takes over; 0
 * means never.
 */
export async function acceptDecoy(
  { record, receiptSeconds }: { record: SendRecord; receiptSeconds: number },
  { database }: { database: Database },
): Promise<void> {
  const { deliveryId, template, locale, latencyMs, watched } = record;
  await database.query(ACCEPT_DECOY[watched ? 'watched' : 'unwatched'], {
    deliveryId,
    template,
    locale,
    latencyMs: Math.round(latencyMs),
    receiptSeconds,
  });
}

/** Moves decoys that are due: from ACCEPTED to SENT, then to DELIVERED. */
const ADVANCE_DECOYS = statement({
  name: 'delivery/advance_decoys',
  sql: `
    UPDATE sms_log d SET
      status = CASE d.status WHEN 'ACCEPTED' THEN 'SENT' ELSE 'DELIVERED' END::delivery_status,
      poll_at = CASE d.status WHEN 'ACCEPTED' THEN now() + (now() - d.created_at) END,
      delivered_at = CASE d.status WHEN 'ACCEPTED' THEN NULL ELSE now() END,
      failover_at = CASE d.status WHEN 'ACCEPTED' THEN d.failover_at ELSE ${shownAt('now()')} END,
      updated_at = now()
    FROM (
      SELECT id FROM sms_log WHERE poll_at <= now() AND failure = 'suppressed' LIMIT 100 FOR UPDATE SKIP LOCKED
    ) due
    WHERE d.id = due.id`,
  parameters: {},
  columns: {},
});

export async function advanceDecoys({ database }: { database: Database }): Promise<void> {
  await database.query(ADVANCE_DECOYS, {});
}
