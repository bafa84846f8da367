import type { Context } from '../simulator.js';
import { checkAddress } from '../check-sending.js';

export function info({ simulator }: Context): object {
  checkAddress(simulator);
  const { remaincredit, expiredate, type } = simulator.account;
  return { remaincredit, expiredate, type };
}

/** Reads the settings. The real method also changes them. */
export function config({ simulator }: Context): object {
  checkAddress(simulator);
  const { apilogs, dailyreport, debugmode, defaultsender, mincreditalarm, resendfailed } = simulator.config;
  return { apilogs, dailyreport, debugmode, defaultsender, mincreditalarm, resendfailed };
}
