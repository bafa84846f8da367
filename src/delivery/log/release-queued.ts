import type { ChannelName } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { text, textOf, uuid } from '../../db/types.js';

/** A message that was handed over (SENT) is no longer in the queue of the account. Decoys follow, so that they look like real messages. */
const RELEASE_QUEUED = statement({
  name: 'delivery/release_queued',
  sql: `
    UPDATE sms_log SET failover_at = now(), detail = CASE WHEN failure IS NULL THEN :detail ELSE detail END
    WHERE channel = :channel AND status = 'ACCEPTED' AND failover_at > now() AND cardinality(next_channels) > 0
    RETURNING id`,
  parameters: { channel: textOf<ChannelName>(), detail: text },
  columns: { id: uuid },
});

/**
 * Makes the next channel take over the messages that wait in the queue of an account that cannot send them.
 *
 * @returns how many messages were waiting.
 */
export async function releaseQueued(
  input: { channel: ChannelName; detail: string },
  { database }: { database: Database },
): Promise<number> {
  return (await database.query(RELEASE_QUEUED, input)).length;
}
