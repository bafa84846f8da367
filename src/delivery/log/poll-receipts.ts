import type { ChannelName } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { deliveryStatus } from '../../db/enums.js';
import { statement } from '../../db/statement.js';
import { array, present, text, uuid } from '../../db/types.js';
import type { Channel } from '../channels/channel.js';
import type { ReceiveReceipt } from './receipts.js';

/** Some providers take one ID per call, so the gateway records answers before it polls more messages. */
const POLLS_AT_ONCE = 100;

/**
 * Takes the messages for which the provider should be polled now. Other instances skip them. A message is polled every
 * two seconds at first, then each time after half its age, for two days, because no provider keeps a status for longer.
 * It is polled once more just before the next channel would take over.
 */
const TAKE_POLLS = statement({
  name: 'delivery/take_receipt_polls',
  sql: `
    UPDATE sms_log d SET
      poll_at = CASE WHEN now() - d.created_at < interval '48 hours' THEN least(
        now() + greatest(interval '2 seconds', (now() - d.created_at) / 2),
        CASE WHEN d.failover_at > now() + interval '3 seconds' THEN d.failover_at - interval '2 seconds' END
      ) END
    FROM (
      SELECT id FROM sms_log WHERE poll_at <= now() AND channel = :channel AND failure IS NULL
      ORDER BY poll_at LIMIT ${POLLS_AT_ONCE} FOR UPDATE SKIP LOCKED
    ) due
    WHERE d.id = due.id
    RETURNING d.provider_id, d.status`,
  parameters: { channel: text },
  columns: { provider_id: present(text), status: deliveryStatus },
});

export interface PolledChannel {
  name: ChannelName;
  receiptsOf: NonNullable<Channel['receiptsOf']>;
}

/**
 * Polls a provider that does not report receipts itself. A message whose status the provider cannot report now is
 * polled again later.
 */
export function createPoll(
  { name, receiptsOf }: PolledChannel,
  { receive, database }: { receive: ReceiveReceipt; database: Database },
): () => Promise<void> {
  return async () => {
    for (;;) {
      const due = await database.query(TAKE_POLLS, { channel: name });
      if (due.length === 0) return;
      const known = new Map<string, string>(due.map((row) => [row.provider_id, row.status]));
      for (const [providerId, receipt] of await receiptsOf([...known.keys()])) {
        if (known.get(providerId) !== receipt.status) await receive({ ...receipt, channels: [name], providerId });
      }
      if (due.length < POLLS_AT_ONCE) return;
    }
  };
}

const SCHEDULE_STATUS_CHECK = statement({
  name: 'delivery/schedule_status_check',
  sql: `
    UPDATE sms_log SET poll_at = now()
    WHERE channel = ANY(:channels::text[]) AND provider_id = :providerId AND status IN ('ACCEPTED', 'SENT')
    RETURNING id`,
  parameters: { channels: array(text), providerId: text },
  columns: { id: uuid },
});

/**
 * Makes the status of a message due to be polled now.
 *
 * @returns whether the message is one of ours and still under way.
 */
export async function scheduleStatusCheck(
  input: { channels: ChannelName[]; providerId: string },
  { database }: { database: Database },
): Promise<boolean> {
  return (await database.query(SCHEDULE_STATUS_CHECK, input)).length > 0;
}
