import type { Config } from '../../config/config.js';
import { ADMIN_ROLE } from '../../config/names.js';
import { NOT_E164 } from '../../maintenance/normalize-phones.js';
import type { OpenedDatabase } from './database.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** Whether everybody in the table can sign in, and be somebody. Nothing where it cannot be read: the migrations say why. */
export async function checkUsers(query: NonNullable<OpenedDatabase['query']>, config: Config): Promise<Finding[]> {
  const [people] = await query<{ total: string; unreachable: string; admins: string; roles: string[] | null }>(
    `SELECT count(*) AS total, count(*) FILTER (WHERE ${NOT_E164}) AS unreachable,
            count(*) FILTER (WHERE role = $2 AND NOT blocked) AS admins,
            array_agg(DISTINCT role) FILTER (WHERE role <> ALL($1::text[])) AS roles
     FROM users`,
    [config.roles, ADMIN_ROLE],
  ).catch(() => []);
  if (!people) return [];
  const findings: Finding[] = [];
  if (people.unreachable !== '0')
    findings.push(
      problem(
        'people',
        `${people.unreachable} have a phone that is not in E.164, such as +77010000002: no sign-in finds them`,
        'A running gateway puts right what it can read; these it cannot, or somebody else has the number: write them in full, or remove them',
      ),
    );
  if (people.roles)
    findings.push(
      warning(
        'people',
        `there are roles that ROLES does not name: ${people.roles.join(', ')}`,
        'Add them to ROLES, or give these people others',
      ),
    );
  if (findings.length > 0) return findings;
  const admins = config.roles.includes(ADMIN_ROLE) ? `; ${people.admins} may use the admin API` : '';
  return [ok('people', `${people.total}, and all can be found${admins}`)];
}
