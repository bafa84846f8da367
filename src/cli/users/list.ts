import { StartupError } from '../../startup-error.js';
import { readRole } from '../../users/profile.js';
import { searchUsers } from '../../admin/search-users.js';
import type { UserRecord } from '../../users/user-record.js';
import { printTable } from '../table.js';
import type { CommandDeps } from '../with-database.js';

const MOST_LISTED = 10_000;

export interface ListWish {
  search?: string;
  role?: string;
  blocked?: true;
  limit: string;
}

/** The people who fit, the newest first, and whether there are more. */
export async function listUsers(
  { search, role, blocked, limit }: ListWish,
  { config, database }: Pick<CommandDeps, 'config' | 'database'>,
): Promise<{ people: UserRecord[]; more: boolean }> {
  const most = Number(limit);
  if (!/^\d+$/.test(limit) || most < 1 || most > MOST_LISTED)
    throw new StartupError(`--limit must be a whole number from 1 to ${MOST_LISTED}.`);
  const found = await searchUsers(
    {
      filter: { search, role: role === undefined ? undefined : readRole(role, config.roles), blocked },
      page: { limit: most + 1, inverted: false },
    },
    { config, database },
  );
  return { people: found.slice(0, most), more: found.length > most };
}

export function printUsers({ people, more }: { people: UserRecord[]; more: boolean }): string {
  if (people.length === 0) return 'Nobody.';
  const table = printTable(
    ['PHONE', 'NAME', 'ROLE', 'BLOCKED', 'LAST SIGN-IN'],
    people.map(({ phone, name, role, blocked, lastLoginAt }) => [
      phone,
      name ?? '-',
      role,
      blocked ? 'blocked' : '-',
      lastLoginAt?.toISOString() ?? 'never',
    ]),
  );
  return more ? `${table}\nThere are more: see --limit and --search.` : table;
}
