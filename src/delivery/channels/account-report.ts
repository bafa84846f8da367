import type { Failed } from './channel.js';
import type { AccountReport } from './provider.js';

/** The provider did not answer with the account. */
export function refusedAccount(provider: string, { failure, detail }: Failed): AccountReport {
  return { provider, usable: false, facts: { failure, detail } };
}

/** Leaves out what the provider did not say. */
export function accountReport(
  provider: string,
  facts: Record<string, string | number | boolean | undefined>,
): AccountReport {
  const known = Object.entries(facts).filter(
    (fact): fact is [string, string | number | boolean] => fact[1] !== undefined,
  );
  return { provider, usable: true, facts: Object.fromEntries(known) };
}
