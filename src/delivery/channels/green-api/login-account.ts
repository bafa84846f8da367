import type { LoginAccount } from '../account-number.js';
import { readAccountNumber } from './account.js';
import type { GreenApi } from './client.js';
import { accountOf } from './instance-state.js';

/** The account of an instance, as the one to which users write. */
export const loginAccountOf = (idInstance: string, greenApi: GreenApi | undefined): LoginAccount => ({
  account: accountOf(idInstance),
  readNumber: greenApi && (() => readAccountNumber(greenApi)),
  logOtherNumber: (log) => log.error({ event: 'green_api.other_number' }),
});
