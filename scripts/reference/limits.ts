import { LIMITS } from '../../src/graphql/limit-reference.js';
import { head, table } from './markdown.js';

export function printLimits(): string {
  return [
    head(
      'Limits',
      'Limits that cannot be configured. [Limits](../operations/limits.md) explains them. Those by IP address do not apply to the machine itself.',
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
