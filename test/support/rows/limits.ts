import { SCOPE } from '../../../src/guard/budgets/budget.js';
import { type Moment, type Queryable, insertRows, updateRows } from './write.js';

const BUDGETS = 'budgets';
const GUESS_FAILURES = 'guess_failures';

interface GuessCounts {
  hourFailures?: number;
  dayFailures?: number;
  totalFailures?: number;
  dayTargets?: number;
  dayVerified?: number;
  previousDayVerified?: number;
}

const NO_GUESSES: Required<GuessCounts> = {
  hourFailures: 0,
  dayFailures: 0,
  totalFailures: 0,
  dayTargets: 0,
  dayVerified: 0,
  previousDayVerified: 0,
};

/** Records wrong codes of a subject within an hour and a day that begin now. */
export const insertGuessFailures = (database: Queryable, subject: string, counts: GuessCounts) =>
  insertRows(database, GUESS_FAILURES, [
    { subject, hourStartedAt: '0 seconds', dayStartedAt: '0 seconds', ...NO_GUESSES, ...counts },
  ]);

/** Records this many wrong and right codes of the whole service at that moment. */
export const insertGuessMinute = (database: Queryable, counts: { minute: Moment; failed: number; verified: number }) =>
  insertRows(database, 'guess_minutes', [{ shard: 0, ...counts }]);

/** Records this many messages within an hour and a day that begin now. `subject` is a phone or a client's network. */
export const insertSendBudget = (
  database: Queryable,
  subject: string,
  {
    hourSends,
    daySends,
    hourVerified = 0,
    dayVerified = 0,
  }: { hourSends: number; daySends: number; hourVerified?: number; dayVerified?: number },
) =>
  insertRows(database, BUDGETS, [
    {
      subject,
      scope: subject.startsWith('+') ? SCOPE.phone : SCOPE.address,
      minuteStartedAt: '-2 minutes',
      minuteSends: 0,
      hourStartedAt: '0 seconds',
      hourSends: hourSends * 100,
      hourCost: 0,
      hourVerified,
      dayStartedAt: '0 seconds',
      daySends: daySends * 100,
      dayCost: 0,
      dayVerified,
      peakVerified: 0,
      peakAt: '0 seconds',
    },
  ]);

export const updateGuessFailures = (
  database: Queryable,
  subject: string,
  changes: GuessCounts & { hourStartedAt?: Moment; dayStartedAt?: Moment },
) => updateRows(database, GUESS_FAILURES, { where: { subject }, set: changes });

export const updateSendBudget = (
  database: Queryable,
  subject: string,
  changes: {
    minuteStartedAt?: Moment;
    hourStartedAt?: Moment;
    dayStartedAt?: Moment;
    hourSends?: number;
    daySends?: number;
  },
) => updateRows(database, BUDGETS, { where: { subject }, set: changes });

/** Lets a phone get a message again, as if a minute had passed. */
export const minutePasses = (database: Queryable, phone: string) =>
  updateSendBudget(database, phone, { minuteStartedAt: '-61 seconds' });

/** Lets the networks with wrong codes for a phone get a new code for it, as if an hour had passed. */
export const guessHourPasses = (database: Queryable, phone: string) =>
  database.query(
    `UPDATE ${GUESS_FAILURES} SET hour_started_at = hour_started_at - interval '1 hour' WHERE subject LIKE $1 || ' from %'`,
    [phone],
  );
