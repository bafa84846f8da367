import { LIMITS } from '../../src/graphql/limit-reference.js';
import { RULES } from '../../src/guard/rules.js';
import { head, table } from './markdown.js';

export function printLimits(): string {
  return [
    head(
      'Limits',
      'A client, a user or a provider can meet these limits. You cannot configure them. [Limits](../operations/limits.md) explains them. Limits by IP address do not apply to clients on the machine of the gateway itself.',
    ),
    ...Object.entries(LIMITS).flatMap(([group, limits]) => [
      `## ${group}\n`,
      table(
        ['limit', 'number', 'note'],
        limits.map(({ limit, value, note = '' }) => [limit, value, note]),
      ),
    ]),
    '## Rules\n',
    'The guard names the limit that refused a request or blocked a message. You find the name in the guard events of the [admin API](../guides/admin.md), in `phonegate why`, in the log (`guard.refused`, `guard.blocked`) and in `blocked_by` of the SMS log.\n',
    table(
      ['rule', 'meaning'],
      Object.entries(RULES).map(([rule, meaning]) => [`\`${rule}\``, meaning]),
    ),
  ].join('\n');
}
