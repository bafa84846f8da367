import type { Config } from '../config/config.js';
import type { AccountNumber } from './channels/account-number.js';
import type { RecentInstanceState } from './channels/green-api/instance-state.js';

interface TroubleDeps {
  config: Config;
  channels: readonly unknown[];
  instanceState: Pick<RecentInstanceState, 'recent'> | undefined;
  whatsAppNumber: Pick<AccountNumber, 'isOther'>;
}

/** What keeps users from signing in, or from some ways to sign in, in words for the operator. Empty where all is well. */
export async function findTroubles({
  config,
  channels,
  instanceState,
  whatsAppNumber,
}: TroubleDeps): Promise<string[]> {
  const state = await instanceState?.recent();
  return [
    ...(channels.length === 0 ? ['no channel is configured: no code can be sent'] : []),
    ...(config.leftOut ?? []).map(({ provider }) => `${provider} is left out: its configuration has mistakes`),
    ...(state === undefined || state === 'authorized'
      ? []
      : [`the WhatsApp account is ${state}: it sends and receives nothing`]),
    ...(whatsAppNumber.isOther() ? ['WHATSAPP_NUMBER is not the number of the WhatsApp account'] : []),
  ];
}
