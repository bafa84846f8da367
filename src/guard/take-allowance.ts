import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { bool } from '../db/types.js';
import type { Budget } from './budgets-of.js';
import { BUDGETS_PARAMETERS, chargeBudgets, judgeBudgets } from './send-budgets.js';

/** Takes one from each budget, unless one of them is spent. Of concurrent statements, only as many succeed as a budget still has. */
const TAKE_ALLOWANCE = statement({
  name: 'guard/take_allowance',
  sql: `
    WITH ${judgeBudgets('false')},
    charged AS (${chargeBudgets('verdict', 'refused_by IS NULL')})
    SELECT (SELECT count(*) FROM charged) = (SELECT count(*) FROM wanted) AS taken FROM verdict`,
  parameters: BUDGETS_PARAMETERS,
  columns: { taken: bool },
});

/** @returns false when a budget is spent: then it must not be done. */
export async function takeAllowance(
  { budgets }: { budgets: readonly Budget[] },
  { database }: { database: Database },
): Promise<boolean> {
  const [row] = await database.query(TAKE_ALLOWANCE, { budgets, cost: 0, captchaSolved: false });
  return row?.taken ?? false;
}
