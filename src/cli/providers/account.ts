import type { Config } from '../../config/config.js';
import type { AccountReport } from '../../delivery/channels/provider.js';
import { PROVIDER_ENTRIES } from '../../delivery/channels/providers.js';

/** Reads the account at each provider that is configured, one after the other. */
export async function readAccounts(config: Config): Promise<AccountReport[]> {
  const reports: AccountReport[] = [];
  for (const [key, provider] of PROVIDER_ENTRIES) {
    const report = await provider.account?.(config[key]);
    if (report) reports.push(report);
    reports.push(...((await provider.accounts?.(config[key])) ?? []));
  }
  return reports;
}
