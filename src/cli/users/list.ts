import { searchUsers } from '../../admin/search-users.js';
import { StartupError } from '../../startup-error.js';
import { readRole } from '../../users/read-role.js';
import type { UserRecord } from '../../users/user-record.js';
import { printTable } from '../table.js';
import type { CommandDeps } from '../with-database.js';

const MAX_LIMIT = 10_000;

export interface ListOptions {
  search?: string;
  role?: string;
  blocked?: true;
  limit: string;
}

interface FoundUsers {
  users: UserRecord[];
  /** Whether more users match than `--limit` allows. */
  hasMore: boolean;
}

/**
 * The users that match, newest first.
 *
 * @throws StartupError when the limit is not from 1 to 10,000
 * @throws InvalidInput "role"
 */
export async function listUsers(
  { search, role, blocked, limit }: ListOptions,
  deps: Pick<CommandDeps, 'config' | 'database'>,
): Promise<FoundUsers> {
  const count = Number(limit);
  if (!/^\d+$/.test(limit) || count < 1 || count > MAX_LIMIT)
    throw new StartupError(`--limit must be a whole number from 1 to ${MAX_LIMIT}.`);
  const filter = { search, role: role === undefined ? undefined : readRole(role, deps.config.roles), blocked };
  const found = await searchUsers({ filter, page: { limit: count + 1, inverted: false } }, deps);
  return { users: found.slice(0, count), hasMore: found.length > count };
}

export function printUsers({ users, hasMore }: FoundUsers): string {
  if (users.length === 0) return 'No users.';
  const table = printTable(
    ['PHONE', 'NAME', 'ROLE', 'BLOCKED', 'LAST SIGN-IN'],
    users.map(({ phone, name, role, blocked, lastLoginAt }) => [
      phone,
      name ?? '-',
      role,
      blocked ? 'blocked' : '-',
      lastLoginAt?.toISOString() ?? 'never',
    ]),
  );
  return hasMore ? `${table}\nMore users match. Use --limit or --search to see them.` : table;
}
