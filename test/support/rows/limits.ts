import { SCOPE } from '../../../src/guard/budgets-of.js';
import { type Moment, type Queryable, insertRows, updateRows } from './write.js';

const PHONE_FAILURES = 'phone_failures';
const BUDGETS = 'budgets';

/** Records this many wrong codes for the phone: within an hour that begins now, and in a row. */
export const insertPhoneFailures = (
  database: Queryable,
  phone: string,
  counts: { hourFailures: number; consecutive: number },
) => insertRows(database, PHONE_FAILURES, [{ phone, hourStartedAt: '0 seconds', ...counts }]);

/** Records this many messages within an hour and a day that begin now. `subject` is a phone or a client's network. */
export const insertSendBudget = (
  database: Queryable,
  subject: string,
  { hourSends, daySends, dayVerified = 0 }: { hourSends: number; daySends: number; dayVerified?: number },
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
      hourVerified: 0,
      dayStartedAt: '0 seconds',
      daySends: daySends * 100,
      dayCost: 0,
      dayVerified,
      peakVerified: 0,
      peakAt: '0 seconds',
    },
  ]);

export const updatePhoneFailures = (database: Queryable, phone: string, changes: { hourStartedAt: Moment }) =>
  updateRows(database, PHONE_FAILURES, { where: { phone }, set: changes });

export const updateSendBudget = (
  database: Queryable,
  subject: string,
  changes: { minuteStartedAt?: Moment; hourStartedAt?: Moment; dayStartedAt?: Moment },
) => updateRows(database, BUDGETS, { where: { subject }, set: changes });

/** Lets a phone get a message again, as if a minute had passed. */
export const minutePasses = (database: Queryable, phone: string) =>
  updateSendBudget(database, phone, { minuteStartedAt: '-61 seconds' });
