import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';
import type { Database } from '../../db/database.js';

const RECORD = {
  name: 'record_webhook_event',
  text: `
    INSERT INTO webhook_events (instance, type_webhook, id_message, status)
    VALUES ($1, 'incomingMessageReceived', $2, $3) ON CONFLICT DO NOTHING RETURNING id_message`,
};

/**
 * Writes a message down as acted upon. @returns false when it was already: the provider delivers at least once.
 *
 * A message that could not be decrypted is written down under another status: the provider may deliver its real text
 * later, perhaps under the same id (Green API issues 832 and 853), and that is not the same event.
 */
export async function recordEvent(
  { instance, idMessage }: IncomingText,
  status: '' | 'undecryptable',
  database: Database,
): Promise<boolean> {
  return (await database.query(RECORD, [instance, idMessage, status])).length > 0;
}
