import type { Database, Statement } from '../../db/database.js';
import { type Tried, receiptDue, toldWatchers } from '../log/sms-log.js';

/**
 * With sign-up closed a stranger is sent nothing, and must not be told apart by it (R10): what is only seemingly sent is
 * taken, sent and delivered in the time that real messages of its channel lately took.
 */

/** Taken; it will seem sent after half of the time that the channel's last delivered message took. */
const acceptDecoyStatement = (watched: boolean): Statement => ({
  name: watched ? 'pretend_accepted_watched' : 'pretend_accepted',
  text: `
    WITH moved AS (
      UPDATE sms_log d SET status = 'ACCEPTED', template = $2, locale = $3, latency_ms = $4, updated_at = now(),
        failover_at = ${receiptDue('$5')},
        poll_at = now() + (
          SELECT (delivered_at - created_at) / 2 FROM sms_log r
          WHERE r.channel = d.channel AND r.delivered_at IS NOT NULL AND r.failure IS NULL
          ORDER BY r.delivered_at DESC LIMIT 1
        )
      WHERE d.id = $1 AND d.status = 'QUEUED'
      RETURNING d.attempt_id
    )${watched ? `, ${toldWatchers('moved')}` : ''}
    SELECT FROM moved`,
});
const ACCEPT_DECOY = { true: acceptDecoyStatement(true), false: acceptDecoyStatement(false) };

export async function acceptDecoy(tried: Tried, receiptSeconds: number, database: Database): Promise<void> {
  const { deliveryId, template, locale, latencyMs, watched } = tried;
  await database.query(ACCEPT_DECOY[`${watched}`], [
    deliveryId,
    template,
    locale,
    Math.round(latencyMs),
    receiptSeconds,
  ]);
}

/** What has come to its time: first sent, then delivered. */
const ADVANCE_DECOYS: Statement = {
  name: 'pretend_receipts',
  text: `
    WITH due AS (
      SELECT id FROM sms_log WHERE poll_at <= now() AND failure = 'suppressed' LIMIT 100 FOR UPDATE SKIP LOCKED
    ), moved AS (
      UPDATE sms_log d SET
        status = CASE d.status WHEN 'ACCEPTED' THEN 'SENT' ELSE 'DELIVERED' END::delivery_status,
        poll_at = CASE d.status WHEN 'ACCEPTED' THEN now() + (now() - d.created_at) END,
        delivered_at = CASE d.status WHEN 'ACCEPTED' THEN NULL ELSE now() END,
        failover_at = CASE d.status WHEN 'ACCEPTED' THEN d.failover_at END,
        updated_at = now()
      FROM due WHERE d.id = due.id
      RETURNING d.attempt_id
    ), ${toldWatchers('moved')}
    SELECT attempt_id FROM moved`,
};

/** @returns the attempts whose watchers see a change. */
export async function advanceDecoys(database: Database): Promise<string[]> {
  const rows = await database.query<{ attempt_id: string }>(ADVANCE_DECOYS, []);
  return rows.map((row) => row.attempt_id);
}
