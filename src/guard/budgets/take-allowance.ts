import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { bool, int4, nullable } from '../../db/types.js';
import type { Budget } from './budget.js';
import { RateLimited, type RefusedSubject } from '../errors.js';
import type { GuardEvents } from '../events/guard-events.js';
import { chargeBudgets } from './charge-budgets.js';
import { ANY_CLIENT, BUDGETS_PARAMETERS, judgeBudgets } from './judge-budgets.js';

/** Takes one from each budget, unless one of them is spent. Of concurrent statements, only as many succeed as a budget still has. */
const TAKE_ALLOWANCE = statement({
  name: 'guard/take_allowance',
  sql: `
    WITH ${judgeBudgets(ANY_CLIENT)},
    charged AS (${chargeBudgets('verdict', 'refused_by IS NULL')})
    SELECT (SELECT count(*) FROM charged) = (SELECT count(*) FROM wanted) AS taken, retry_after FROM verdict`,
  parameters: BUDGETS_PARAMETERS,
  columns: { taken: bool, retry_after: nullable(int4) },
});

/** Budgets that count the same thing, so one rule names them all. */
export type Allowance = readonly [Budget, ...Budget[]];

/** What a spent budget refuses: for how many seconds, if that is known. */
interface Spent {
  retryAfterSeconds: number | undefined;
}

/** @returns undefined when it was taken */
async function take(budgets: Allowance, { database }: { database: Database }): Promise<Spent | undefined> {
  const [row] = await database.query(TAKE_ALLOWANCE, { budgets, cost: 0 });
  return row?.taken ? undefined : { retryAfterSeconds: row?.retry_after ?? undefined };
}

/** @returns false when a budget is spent: then it must not be done, and a guard event is recorded */
export async function takeAllowance(
  { budgets, about }: { budgets: Allowance; about: RefusedSubject },
  deps: { database: Database; guardEvents: GuardEvents },
): Promise<boolean> {
  const spent = await take(budgets, deps);
  if (!spent) return true;
  const seconds = spent.retryAfterSeconds;
  const until = seconds === undefined ? undefined : new Date(Date.now() + seconds * 1_000);
  deps.guardEvents.record({ rule: budgets[0].rule, action: 'refused', ...about, until });
  return false;
}

/** The same for a request of a client. @throws RateLimited when a budget is spent */
export async function requireAllowance(budgets: Allowance, deps: { database: Database }): Promise<void> {
  const spent = await take(budgets, deps);
  if (spent) throw new RateLimited(spent.retryAfterSeconds ?? 1, budgets[0].rule);
}
