import type { Config } from '../../config/config.js';
import type { Failed } from '../../delivery/channels/channel.js';
import { readGreenApiAccount } from '../../delivery/channels/green-api/account.js';
import { isFailed } from '../../delivery/channels/http.js';
import { readKavenegarAccount } from '../../delivery/channels/kavenegar/account.js';
import { readMelipayamakAccount } from '../../delivery/channels/melipayamak/account.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { createProviders } from '../create-providers.js';

/** The account of one provider, as it is printed. */
export interface AccountReport {
  provider: string;
  /** Whether the provider answered with the account. */
  usable: boolean;
  facts: Record<string, string | number | boolean>;
}

export async function readAccounts(config: Config): Promise<AccountReport[]> {
  const { greenApi, kavenegar, hasMelipayamak } = createProviders(config);
  const reports: AccountReport[] = [];
  if (greenApi) {
    const account = await readGreenApiAccount(greenApi);
    reports.push(
      isFailed(account)
        ? refused('green-api', account)
        : report('green-api', {
            instance: greenApi.idInstance,
            state: account.state,
            number: account.number && maskPhone(`+${account.number}`),
            'messages waiting': account.queued,
            'last message to it': account.incomingAt[0]?.toISOString(),
          }),
    );
  }
  if (kavenegar) {
    const account = await readKavenegarAccount(kavenegar);
    reports.push(
      isFailed(account)
        ? refused('kavenegar', account)
        : report('kavenegar', {
            'credit (Rial)': account.credit,
            plan: account.type,
            line: config.kavenegar.sender ?? account.settings?.defaultSender,
            'debug mode': account.settings?.debugMode,
          }),
    );
  }
  if (hasMelipayamak) {
    const account = await readMelipayamakAccount(config.melipayamak);
    reports.push(
      isFailed(account)
        ? refused('melipayamak', account)
        : report('melipayamak', { 'credit (SMS)': account.credit, lines: account.lines?.join(', ') }),
    );
  }
  return reports;
}

function refused(provider: string, { failure, detail }: Failed): AccountReport {
  return { provider, usable: false, facts: { failure, detail } };
}

function report(provider: string, facts: Record<string, string | number | boolean | undefined>): AccountReport {
  const known = Object.entries(facts).filter(
    (fact): fact is [string, string | number | boolean] => fact[1] !== undefined,
  );
  return { provider, usable: true, facts: Object.fromEntries(known) };
}
