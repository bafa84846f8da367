import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { bool, int4, text, uuid } from '../../db/types.js';
import { type SendRecord, notifyWatchers } from './sms-log.js';

/**
 * The message stays QUEUED, so a receipt can still find it, and an idempotent channel gets it once more when it is overdue. The detail of a
 * decoy is the outcome that was drawn for it.
 */
const RECORD_UNANSWERED = statement({
  name: 'delivery/record_unanswered',
  sql: `
    WITH unanswered AS (
      UPDATE sms_log SET detail = CASE WHEN failure = 'suppressed' THEN detail ELSE :detail END, template = :template,
             locale = :locale, latency_ms = :latencyMs, updated_at = now()
      WHERE id = :deliveryId AND status = 'QUEUED'
      RETURNING id, attempt_id
    ), watchers_notified AS (${notifyWatchers('unanswered')} AND :watched::boolean)
    SELECT id FROM unanswered`,
  parameters: { deliveryId: uuid, detail: text, template: text, locale: text, latencyMs: int4, watched: bool },
  columns: { id: uuid },
});

/**
 * Records that the last channel of a route gave no answer and may have sent the message. See docs/decisions/0071.
 *
 * @returns false when a receipt has shown meanwhile that the message was sent.
 */
export async function recordUnanswered(
  { record, detail }: { record: SendRecord; detail: string },
  { database }: { database: Database },
): Promise<boolean> {
  const { deliveryId, template, locale, latencyMs, watched } = record;
  const parameters = { deliveryId, detail, template, locale, latencyMs: Math.round(latencyMs), watched };
  return (await database.query(RECORD_UNANSWERED, parameters)).length > 0;
}
