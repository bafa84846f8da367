import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { text, textOf } from '../../db/types.js';
import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';

type EventStatus = '' | 'undecryptable';

/** SQL: records a message as handled. Returns no row for a message that is already recorded. */
export const insertEvent = (status = `''`) => `
  INSERT INTO webhook_events (instance, type_webhook, id_message, status)
  VALUES (:instance, 'incomingMessageReceived', :idMessage, ${status}) ON CONFLICT DO NOTHING RETURNING id_message`;

/** The parameters of `insertEvent`. */
export const EVENT_PARAMETERS = { instance: text, idMessage: text };

/** If a message is delivered twice at once, the primary key lets only one be recorded. */
const RECORD_EVENT = statement({
  name: 'login/record_webhook_event',
  short: true,
  sql: insertEvent(':status'),
  parameters: { ...EVENT_PARAMETERS, status: textOf<EventStatus>() },
  columns: { id_message: text },
});

/**
 * Records a message as handled. The provider delivers each message at least once.
 *
 * A message that WhatsApp could not decrypt is recorded under its own status. The provider may deliver the text of the
 * same message later, even under the same ID (Green API issues 832 and 853), and that is another event.
 *
 * @returns false when the message was recorded before.
 */
export async function recordEvent(
  { message: { instance, idMessage }, status }: { message: IncomingText; status: EventStatus },
  { database }: { database: Database },
): Promise<boolean> {
  return (await database.query(RECORD_EVENT, { instance, idMessage, status })).length > 0;
}
