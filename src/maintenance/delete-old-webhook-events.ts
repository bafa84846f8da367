import { DELETE_BATCH_ROWS } from '../db/delete-batch.js';
import { statement } from '../db/statement.js';
import { text } from '../db/types.js';

/**
 * Deletes a batch, because a provider can send thousands of events an hour. Green API repeats an event for 24 hours. After
 * twice that time it cannot come again.
 */
export const DELETE_OLD_WEBHOOK_EVENTS = statement({
  name: 'maintenance/delete_old_webhook_events',
  sql: `
    DELETE FROM webhook_events WHERE (instance, type_webhook, id_message, status) IN (
      SELECT instance, type_webhook, id_message, status FROM webhook_events WHERE received_at < now() - interval '48 hours'
      LIMIT ${DELETE_BATCH_ROWS} FOR UPDATE SKIP LOCKED
    ) RETURNING id_message`,
  parameters: {},
  columns: { id_message: text },
});
