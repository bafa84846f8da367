import type { CountryCode } from 'libphonenumber-js/max';
import type { Config } from '../config/config.js';
import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { array, int4, text } from '../db/types.js';
import { type Budget, budgetsOf } from './budgets-of.js';
import type { Rule } from './rules.js';

/** What a budget was charged within the current hour and day. Messages are weighted; money is in US dollars. */
export interface SpentBudget {
  rule: Rule;
  subject: string;
  hour: Spent;
  day: Spent;
}

interface Spent {
  messages: number;
  dollars: number;
  /** Undefined: no such limit. */
  messageLimit: number | undefined;
  dollarLimit: number | undefined;
}

const READ_BUDGETS = statement({
  name: 'guard/read_spent_budgets',
  sql: `
    SELECT subject,
           CASE WHEN hour_started_at > now() - interval '1 hour' THEN hour_sends ELSE 0 END AS hour_sends,
           CASE WHEN hour_started_at > now() - interval '1 hour' THEN hour_cost ELSE 0 END::int AS hour_cost,
           CASE WHEN day_started_at > now() - interval '1 day' THEN day_sends ELSE 0 END AS day_sends,
           CASE WHEN day_started_at > now() - interval '1 day' THEN day_cost ELSE 0 END::int AS day_cost
    FROM budgets WHERE subject = ANY(:subjects::text[])`,
  parameters: { subjects: array(text) },
  columns: {
    subject: text,
    hour_sends: int4,
    hour_cost: int4,
    day_sends: int4,
    day_cost: int4,
  },
});

/**
 * The budgets of a phone and of the numbers like it, which limit all its clients. Those of networks and channels are
 * other clients' too.
 */
export async function readSpentBudgets(
  { phone, country }: { phone: string; country: CountryCode | undefined },
  { config, database }: { config: Pick<Config, 'guard'>; database: Database },
): Promise<SpentBudget[]> {
  // The channel only decides which channel's budget is in the list.
  const message = { phone, country, channel: 'green-api', ip: undefined } as const;
  const budgets = budgetsOf(message, config.guard).filter(({ rule }) => rule !== 'channel');
  const rows = await database.query(READ_BUDGETS, { subjects: budgets.map(({ subject }) => subject) });
  return budgets.map((of) => {
    const row = rows.find(({ subject }) => subject === of.subject);
    return {
      rule: of.rule,
      subject: of.subject,
      hour: { ...spent(row?.hour_sends, row?.hour_cost), ...limitsOf(of, 'hour') },
      day: { ...spent(row?.day_sends, row?.day_cost), ...limitsOf(of, 'day') },
    };
  });
}

const limitsOf = (of: Budget, window: 'hour' | 'day') => ({
  messageLimit: scaled(of[`${window}_sends`], 100),
  dollarLimit: scaled(of[`${window}_cost`], 1_000_000),
});

const spent = (sends = 0, cost = 0) => ({ messages: sends / 100, dollars: cost / 1_000_000 });

const scaled = (value: number | undefined, unit: number) => (value === undefined ? undefined : value / unit);
