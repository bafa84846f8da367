import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { int4, text, uuid } from '../../db/types.js';
import type { Failed } from '../channels/channel.js';
import type { SendRecord } from './sms-log.js';

/** Just before the delivery, so that the delivery stays the latest one of its attempt. The erasure of a user empties the phone. */
const RECORD_REFUSAL = statement({
  name: 'delivery/record_refusal',
  sql: `
    INSERT INTO sms_log (id, attempt_id, channel, masked_phone, country, purpose, locale, template, status, failure, detail, latency_ms, next_channels, created_at)
    SELECT :refusalId::uuid, attempt_id, channel, masked_phone, country, purpose, :locale, :template, 'FAILED', :failure, :detail, :latencyMs, next_channels, created_at - interval '1 millisecond'
    FROM sms_log WHERE id = :deliveryId AND masked_phone <> ''`,
  parameters: {
    refusalId: uuid,
    deliveryId: uuid,
    locale: text,
    template: text,
    failure: text,
    detail: text,
    latencyMs: int4,
  },
  columns: {},
});

/** Records that a provider refused its approved text, in a row of its own, before it accepted another text. */
export async function recordRefusal(
  { record, refusal }: { record: SendRecord; refusal: Failed },
  { database }: { database: Database },
): Promise<void> {
  await database.query(RECORD_REFUSAL, {
    refusalId: uuidv7(),
    deliveryId: record.deliveryId,
    locale: record.locale,
    template: record.template,
    failure: refusal.failure,
    detail: refusal.detail,
    latencyMs: Math.round(record.latencyMs),
  });
}
