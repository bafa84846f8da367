import { resolveCursorConnection } from '@pothos/plugin-relay';
import type { Page } from '../../../db/page.js';
import { InvalidInput } from '../../../domain-error.js';

/** The largest number of items on a page. */
export const MAX_PAGE_SIZE = 100;

type ConnectionArgs = Parameters<typeof resolveCursorConnection>[0]['args'];

/**
 * A page of a list whose cursors are its IDs, as Relay's arguments describe it.
 *
 * @throws InvalidInput "first" or "last" when negative; any text argument when it has a zero character, which
 * PostgreSQL refuses
 */
export async function pageOfIds<Row extends { id: string }>(
  args: ConnectionArgs,
  read: (page: Page) => Promise<Row[]>,
) {
  for (const name of ['first', 'last'] as const) if ((args[name] ?? 0) < 0) throw new InvalidInput(name);
  for (const [name, value] of Object.entries(args))
    if (typeof value === 'string' && value.includes('\0')) throw new InvalidInput(name);
  return resolveCursorConnection<Promise<Row[]>>({ args, maxSize: MAX_PAGE_SIZE, toCursor: ({ id }) => id }, read);
}
