import type { Config } from '../../config/config.js';
import { ADMIN_ROLE } from '../../config/names.js';
import { type Queryable, runStatement } from '../../db/run-statement.js';
import { statement } from '../../db/statement.js';
import { array, int4, nullable, text } from '../../db/types.js';
import { NOT_E164 } from '../../maintenance/normalize-phones.js';
import { type Finding, ok, problem, warning } from './finding.js';

const COUNT_USERS = statement({
  name: 'cli/doctor_count_users',
  sql: `
    SELECT count(*)::int AS total, count(*) FILTER (WHERE ${NOT_E164})::int AS unreachable,
           count(*) FILTER (WHERE role = :adminRole AND NOT blocked)::int AS admins,
           array_agg(DISTINCT role) FILTER (WHERE role <> ALL(:roles::text[])) AS unknown_roles
    FROM users`,
  parameters: { adminRole: text, roles: array(text) },
  columns: { total: int4, unreachable: int4, admins: int4, unknown_roles: nullable(array(text)) },
});

interface UsersCheck {
  config: Config;
  client: Queryable;
}

/** Checks that a sign-in finds every user, and that ROLES contains the role of every user. */
export async function checkUsers({ config, client }: UsersCheck): Promise<Finding[]> {
  const { roles } = config;
  // If the table cannot be read, the check of the migrations reports it.
  const [counts] = await runStatement(client, COUNT_USERS, { adminRole: ADMIN_ROLE, roles }).catch(() => []);
  if (!counts) return [];
  const findings: Finding[] = [];
  if (counts.unreachable > 0)
    findings.push(
      problem(
        'users',
        `${counts.unreachable} ${counts.unreachable === 1 ? 'user has' : 'users have'} a phone that is not in E.164, such as +77010000002: no sign-in finds them`,
        'A running gateway corrects a phone that it can read and that no other user has. Correct the others in the table users, or delete these users',
      ),
    );
  if (counts.unknown_roles)
    findings.push(
      warning(
        'users',
        `users have roles that are not in ROLES: ${counts.unknown_roles.join(', ')}`,
        'Add these roles to ROLES, or give the users other roles',
      ),
    );
  if (config.signUp === 'closed' && counts.total === 0)
    findings.push(
      problem(
        'users',
        'SIGN_UP is closed, and there is no user: nobody can sign in',
        'Add users: phonegate users add, or phonegate users import; or set SIGN_UP=open',
      ),
    );
  if (findings.length > 0) return findings;
  const admins = roles.includes(ADMIN_ROLE) ? `; ${counts.admins} can use the admin API` : '';
  return [ok('users', `${counts.total}, and sign-ins find all of them${admins}`)];
}
