import type { Audit } from '../../events/audit.js';
import type { ChannelName } from '../../config/config.js';
import type { Database, Statement } from '../../db/database.js';
import type { Channel, Receipt } from '../channels/channel.js';
import { toldWatchers } from './sms-log.js';

/** SQL: a status only moves forward. A failure is an end, and so is READ; nothing fails any more once it is DELIVERED. */
const MOVES_ON = `(
  (d.status IN ('QUEUED', 'ACCEPTED', 'SENT') AND $2::delivery_status > d.status) OR (d.status = 'DELIVERED' AND $2 = 'READ')
)`;

/**
 * Applies a receipt to the rows `found (id)`: forward only, so that late and repeated ones do nothing. What has arrived is
 * not waited for any more; what has failed for good is due for the next channel at once.
 */
const applyTo = (found: string, providerId = 'd.provider_id') => `
  WITH found AS (${found}), moved AS (
    UPDATE sms_log d SET
      status = $2::delivery_status, failure = coalesce($3, d.failure), detail = coalesce($4, d.detail),
      provider_id = ${providerId}, updated_at = now(),
      delivered_at = CASE WHEN $2 IN ('DELIVERED', 'READ') THEN coalesce(d.delivered_at, now()) END,
      failover_at = CASE WHEN $2 IN ('UNDELIVERED', 'FAILED') AND cardinality(d.next_channels) > 0 THEN now()
                         WHEN $2 IN ('ACCEPTED', 'SENT') THEN d.failover_at END,
      poll_at = CASE WHEN $2 IN ('ACCEPTED', 'SENT') THEN d.poll_at END
    FROM found WHERE d.id = found.id AND ${MOVES_ON}
    RETURNING d.id, d.attempt_id, d.channel
  ), ${toldWatchers('moved')}
  SELECT id, attempt_id, channel FROM moved`;

const APPLY_RECEIPT: Statement = {
  name: 'apply_receipt',
  text: applyTo('SELECT id FROM sms_log WHERE channel = ANY($5::text[]) AND provider_id = $1'),
};

/**
 * The same for a provider that also says whose message it was: one that is not known by its id belongs to the try for
 * that phone whose answer has not been written down, because the receipt was quicker, or the process died in between.
 */
const APPLY_RECEIPT_OF_PHONE: Statement = {
  name: 'apply_receipt_of_phone',
  text: applyTo(
    `SELECT id FROM (
       SELECT id, 1 AS position, created_at FROM sms_log WHERE channel = ANY($5::text[]) AND provider_id = $1
       UNION ALL
       SELECT s.id, 2, s.created_at FROM login_attempts a JOIN sms_log s ON s.attempt_id = a.id
       WHERE a.phone = $6 AND a.method = 'OTP' AND a.status = 'PENDING'
         AND s.channel = ANY($5::text[]) AND s.status = 'QUEUED' AND s.provider_id IS NULL AND s.failure IS NULL
     ) one ORDER BY position, created_at LIMIT 1`,
    '$1',
  ),
};

/** What a provider told, or was asked, of one of its messages. */
export interface ReceivedReceipt extends Receipt {
  channels: ChannelName[];
  providerId: string;
  /** Whose it was (E.164), where the provider says so. */
  phone?: string | undefined;
}

export type ReceiveReceipt = (receipt: ReceivedReceipt) => Promise<'recorded' | 'nothing_new'>;

export interface ReceiptDeps {
  database: Database;
  audit: Audit;
  /** Called for each attempt whose delivery has moved on, after it is written. */
  onChange: (attemptId: string, receipt: Receipt) => void;
}

/** @throws when the database cannot take it. */
export function createReceiveReceipt({ database, audit, onChange }: ReceiptDeps): ReceiveReceipt {
  return async ({ channels, providerId, phone, status, failure, detail }) => {
    const values = [providerId, status, failure ?? null, detail ?? null, channels];
    const [row] = await database.query<{ id: string; attempt_id: string | null; channel: ChannelName }>(
      phone === undefined ? APPLY_RECEIPT : APPLY_RECEIPT_OF_PHONE,
      phone === undefined ? values : [...values, phone],
    );
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
    if (row.attempt_id) onChange(row.attempt_id, { status });
    return 'recorded';
  };
}

/** Some providers take one id a call: what is learnt is written down before many more are asked about. */
const POLLS_AT_ONCE = 100;

/**
 * Takes the messages whose provider is to be asked now; other instances step around them. A message is asked about every
 * two seconds at first, then less and less often, each time after half its age, for two days: no provider remembers longer;
 * and once more just before the next channel would be tried.
 */
const TAKE_POLLS: Statement = {
  name: 'take_receipt_polls',
  text: `
    UPDATE sms_log d SET
      poll_at = CASE WHEN now() - d.created_at < interval '48 hours' THEN least(
        now() + greatest(interval '2 seconds', (now() - d.created_at) / 2),
        CASE WHEN d.failover_at > now() + interval '3 seconds' THEN d.failover_at - interval '2 seconds' END
      ) END
    FROM (
      SELECT id FROM sms_log WHERE poll_at <= now() AND channel = $1 AND failure IS NULL
      ORDER BY poll_at LIMIT ${POLLS_AT_ONCE} FOR UPDATE SKIP LOCKED
    ) due
    WHERE d.id = due.id
    RETURNING d.provider_id, d.status`,
};

/** Asks a provider that does not tell by itself. What cannot be learnt now is asked for later. */
export function createPoll(
  { name, receiptsOf }: { name: ChannelName; receiptsOf: NonNullable<Channel['receiptsOf']> },
  receive: ReceiveReceipt,
  database: Database,
): () => Promise<void> {
  return async () => {
    let due: { provider_id: string; status: Receipt['status'] }[];
    do {
      due = await database.query(TAKE_POLLS, [name]);
      const known = new Map(due.map((row) => [row.provider_id, row.status]));
      if (known.size === 0) return;
      for (const [providerId, receipt] of await receiptsOf([...known.keys()])) {
        if (known.get(providerId) !== receipt.status) await receive({ ...receipt, channels: [name], providerId });
      }
    } while (due.length === POLLS_AT_ONCE);
  };
}

const ASK_SOON: Statement = {
  name: 'ask_for_receipt_soon',
  text: `
    UPDATE sms_log SET poll_at = now()
    WHERE channel = ANY($1::text[]) AND provider_id = $2 AND status IN ('ACCEPTED', 'SENT')
    RETURNING id`,
};

/** A hint that a message has moved on: its provider is asked at once. @returns whether it is one of ours, and open. */
export async function scheduleStatusCheck(
  channels: ChannelName[],
  providerId: string,
  database: Database,
): Promise<boolean> {
  return (await database.query(ASK_SOON, [channels, providerId])).length > 0;
}
