import type { Desk } from '../fake-kavenegar.js';
import { checkAddress } from '../refuse.js';

export function info({ fake }: Desk): object {
  checkAddress(fake);
  const { remaincredit, expiredate, type } = fake.account;
  return { remaincredit, expiredate, type };
}

/** Reading only: the real one also takes changes. */
export function config({ fake }: Desk): object {
  checkAddress(fake);
  const { apilogs, dailyreport, debugmode, defaultsender, mincreditalarm, resendfailed } = fake.config;
  return { apilogs, dailyreport, debugmode, defaultsender, mincreditalarm, resendfailed };
}
