import { type Moment, type Queryable, insertRows, updateRows } from './write.js';

const PHONE_FAILURES = 'phone_failures';
const SEND_BUDGETS = 'send_budgets';

/** Records this many wrong codes for the phone: within an hour that begins now, and in a row. */
export const insertPhoneFailures = (
  database: Queryable,
  phone: string,
  counts: { hourFailures: number; consecutive: number },
) => insertRows(database, PHONE_FAILURES, [{ phone, hourStartedAt: '0 seconds', ...counts }]);

/** Records this many sent codes within an hour and a day that begin now. `subject` is a phone or a client's network. */
export const insertSendBudget = (
  database: Queryable,
  subject: string,
  counts: { hourSends: number; daySends: number },
) =>
  insertRows(database, SEND_BUDGETS, [{ subject, hourStartedAt: '0 seconds', dayStartedAt: '0 seconds', ...counts }]);

export const updatePhoneFailures = (database: Queryable, phone: string, changes: { hourStartedAt: Moment }) =>
  updateRows(database, PHONE_FAILURES, { where: { phone }, set: changes });

export const updateSendBudget = (
  database: Queryable,
  subject: string,
  changes: { hourStartedAt?: Moment; dayStartedAt?: Moment },
) => updateRows(database, SEND_BUDGETS, { where: { subject }, set: changes });
