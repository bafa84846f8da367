import { LIMITS } from '../../src/graphql/limit-reference.js';
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
  ].join('\n');
}
