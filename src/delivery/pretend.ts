import type { Database, Statement } from '../db/database.js';

/**
 * With sign-up closed a stranger is sent nothing, and must not be told apart by it (R10): what is only seemingly sent is
 * taken, sent and delivered in the time that real messages of its channel lately took.
 */

/** Taken; it will seem sent after half of the time that the channel's last delivered message took. */
const PRETEND_ACCEPTED: Statement = {
  name: 'pretend_accepted',
  text: `
    UPDATE sms_log d SET state = 'ACCEPTED', template = $2, latency_ms = $3, updated_at = now(),
      poll_at = now() + (
        SELECT (delivered_at - created_at) / 2 FROM sms_log r
        WHERE r.channel = d.channel AND r.delivered_at IS NOT NULL AND r.failure IS NULL ORDER BY r.delivered_at DESC LIMIT 1
      )
    WHERE d.id = $1 AND d.state = 'QUEUED'`,
};

export async function pretendAccepted(
  tried: { deliveryId: string; template: string; latencyMs: number },
  database: Database,
): Promise<void> {
  await database.query(PRETEND_ACCEPTED, [tried.deliveryId, tried.template, Math.round(tried.latencyMs)]);
}

/** What has come to its time: first sent, then delivered. */
const PRETEND_RECEIPTS: Statement = {
  name: 'pretend_receipts',
  text: `
    WITH due AS (
      SELECT id FROM sms_log WHERE poll_at <= now() AND failure = 'suppressed' LIMIT 100 FOR UPDATE SKIP LOCKED
    ), moved AS (
      UPDATE sms_log d SET
        state = CASE d.state WHEN 'ACCEPTED' THEN 'SENT' ELSE 'DELIVERED' END::delivery_state,
        poll_at = CASE d.state WHEN 'ACCEPTED' THEN now() + (now() - d.created_at) END,
        delivered_at = CASE d.state WHEN 'ACCEPTED' THEN NULL ELSE now() END,
        updated_at = now()
      FROM due WHERE d.id = due.id
      RETURNING d.attempt_id
    ), told AS (
      UPDATE login_attempts a SET version = version + 1 FROM moved WHERE a.id = moved.attempt_id AND a.status = 'PENDING'
    )
    SELECT attempt_id FROM moved`,
};

/** @returns the attempts whose watchers see a change. */
export async function pretendReceipts(database: Database): Promise<string[]> {
  const rows = await database.query<{ attempt_id: string }>(PRETEND_RECEIPTS, []);
  return rows.map((row) => row.attempt_id);
}
