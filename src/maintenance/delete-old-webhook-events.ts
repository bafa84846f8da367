import { statement } from '../db/statement.js';

/** Green API repeats an event for 24 hours. After twice that time it cannot come again. */
export const DELETE_OLD_WEBHOOK_EVENTS = statement({
  name: 'maintenance/delete_old_webhook_events',
  sql: `DELETE FROM webhook_events WHERE received_at < now() - interval '48 hours'`,
  parameters: {},
  columns: {},
});
