import { RETENTION } from '../../src/maintenance/retention.js';
import { head, table } from './markdown.js';

export function printRetention(): string {
  return [
    head(
      'Retention',
      'Every table that names a person or a device, or leads to one. Each instance deletes old rows every 30 seconds. A test compares this page with the schema, and tries each period. A table that is not here names no person.',
    ),
    table(
      ['table', 'columns', 'how long a row is kept', 'after the erasure of the user', 'in `exportMe`'],
      Object.entries(RETENTION).map(([name, { personal, kept, onErasure, exported }]) => [
        `\`${name}\``,
        personal.map((column) => `\`${column}\``).join(', '),
        kept,
        onErasure,
        'not' in exported ? `no: ${exported.not}` : exported.map((list) => `\`${list}\``).join(', '),
      ]),
    ),
    'An admin, an operator or the user erases a user ([how](../guides/users.md#erase-a-user)). `exportMe` gives users [their data](../guides/users.md#give-users-their-data).\n',
    'Phones in `masked_phone` and in the audit log are masked. An IP address in `audit_log` is kept as long as its row.\n',
    'If a counter of `guess_failures` or `budgets` still protects a phone, its row stays.\n',
  ].join('\n');
}
