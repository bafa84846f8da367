import type { IncomingText } from '../../delivery/channels/green-api/webhook.js';
import type { Database } from '../../db/database.js';

const RECORD = {
  name: 'record_webhook_event',
  text: `
    INSERT INTO webhook_events (instance, type_webhook, id_message)
    VALUES ($1, 'incomingMessageReceived', $2) ON CONFLICT DO NOTHING RETURNING id_message`,
};

/** Writes a message down as acted upon. @returns false when it was already: the provider delivers at least once. */
export async function recordEvent({ instance, idMessage }: IncomingText, database: Database): Promise<boolean> {
  return (await database.query(RECORD, [instance, idMessage])).length > 0;
}
