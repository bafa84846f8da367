import { resolveCursorConnection } from '@pothos/plugin-relay';
import type { Page } from '../../../db/page.js';
import { InvalidInput } from '../../../domain-error.js';

/** Pages of lists are at most so long. */
const MAX_SIZE = 100;

type ConnectionArgs = Parameters<typeof resolveCursorConnection>[0]['args'];

/**
 * A page of a list whose cursors are its ids, as Relay's arguments ask for it.
 *
 * @throws InvalidInput "first" or "last": negative; any text: with a zero character, which PostgreSQL does not take
 */
export async function pageOfIds<Row extends { id: string }>(
  args: ConnectionArgs,
  read: (page: Page) => Promise<Row[]>,
) {
  for (const name of ['first', 'last'] as const) if ((args[name] ?? 0) < 0) throw new InvalidInput(name);
  for (const [name, value] of Object.entries(args))
    if (typeof value === 'string' && value.includes('\0')) throw new InvalidInput(name);
  return resolveCursorConnection<Promise<Row[]>>({ args, maxSize: MAX_SIZE, toCursor: ({ id }) => id }, read);
}
