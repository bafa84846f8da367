import { RETENTION } from '../../src/maintenance/retention.js';
import { head, table } from './markdown.js';

export function printRetention(): string {
  return [
    head(
      'Retention',
      'Every table that names a person or a device, or leads to one. Each instance deletes old rows every 30 seconds. A test compares this page with the schema, and tries each period. A table that is not here names no person.',
    ),
    table(
      ['table', 'columns', 'how long a row is kept', 'after the erasure of the user'],
      Object.entries(RETENTION).map(([name, { personal, kept, onErasure }]) => [
        `\`${name}\``,
        personal.map((column) => `\`${column}\``).join(', '),
        kept,
        onErasure,
      ]),
    ),
    'An admin, an operator or the user erases a user ([how](../guides/users.md#erase-a-user)).\n',
    'Phones in `masked_phone` and in the audit log are masked. An IP address in `audit_log` is kept as long as its row.\n',
    'If a counter of `phone_failures` or `send_budgets` still protects a phone, its row stays.\n',
  ].join('\n');
}
