import { type Moment, type Queryable, insertRows } from './write.js';

const PROVIDER_ACCOUNTS = 'provider_accounts';

export const insertProviderAccount = (database: Queryable, row: { account: string; webhookAt?: Moment | null }) =>
  insertRows(database, PROVIDER_ACCOUNTS, [row]);
