import { ROUTES } from '../../src/http/routes/route-reference.js';
import { head, table } from './markdown.js';

export function printRoutes(): string {
  return [
    head('Routes', 'Every path that the gateway answers. A slash at the end of a path makes no difference.'),
    table(
      ['path', 'methods', 'what it is'],
      ROUTES.map(({ path, methods, meaning, exists }) => [
        `\`${path}\``,
        methods,
        exists ? `${meaning} ${exists}` : meaning,
      ]),
    ),
  ].join('\n');
}
