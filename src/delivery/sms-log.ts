import type { Database } from '../db/database.js';
import { RELAXED_COMMIT } from '../db/relaxed.js';
import type { ChannelName } from '../config/config.js';
import type { SendResult } from './channels/channel.js';

/** Moves a delivery on from QUEUED with what the provider answered; never back, never twice. */
const RECORD_RESULT = {
  name: 'record_send_result',
  text: `
    UPDATE sms_log SET state = $2, provider_id = $3, failure = coalesce($4, failure), latency_ms = $5, updated_at = now()
    FROM ${RELAXED_COMMIT}
    WHERE id = $1 AND state = 'QUEUED' AND relaxed.setting = 'off'`,
};

export async function recordResult(
  deliveryId: string,
  result: SendResult,
  latencyMs: number,
  database: Database,
): Promise<void> {
  const accepted = result.outcome === 'accepted';
  await database.query(RECORD_RESULT, [
    deliveryId,
    accepted ? 'ACCEPTED' : 'FAILED',
    accepted ? result.providerId : null,
    accepted ? null : result.failure,
    Math.round(latencyMs),
  ]);
}

/** A further try for an attempt: through the next channel, or the same one again. `suppressed`: only seemingly. */
const ADD_DELIVERY = {
  name: 'add_delivery',
  text: `
    INSERT INTO sms_log (id, attempt_id, channel, masked_phone, purpose, locale, failure)
    VALUES ($1, $2, $3, $4, 'LOGIN_CODE', $5, CASE WHEN $6::boolean THEN 'suppressed' END)`,
};

export async function addDelivery(
  delivery: {
    id: string;
    attemptId: string;
    channel: ChannelName;
    maskedPhone: string;
    locale: string;
    suppressed: boolean;
  },
  database: Database,
): Promise<void> {
  await database.query(ADD_DELIVERY, [
    delivery.id,
    delivery.attemptId,
    delivery.channel,
    delivery.maskedPhone,
    delivery.locale,
    delivery.suppressed,
  ]);
}
