import { whatsAppDigits } from '../../../phone/whatsapp-phone.js';
import { type Channel, type Failed, failed } from '../channel.js';
import type { GreenApi } from './client.js';
import type { InstanceState } from './instance-state.js';

/**
 * Sends a text by WhatsApp. An instance that is not authorized is not used, because it would keep the code for up to 24
 * hours and send it later. If the state is unknown, the message is sent.
 */
export function createGreenApiChannel(deps: {
  greenApi: GreenApi;
  instanceState: Pick<InstanceState, 'current'>;
}): Channel {
  const { greenApi, instanceState } = deps;

  async function refusal(): Promise<Failed | undefined> {
    const state = await instanceState.current();
    return state === undefined || state === 'authorized' ? undefined : failed('channel_down', `instance ${state}`);
  }

  return {
    name: 'green-api',
    serves: () => true,
    carriesNotifications: true,
    hasReceipts: true,
    isIdempotent: false,
    refusal,
    async send({ phone, text }, signal) {
      const refused = await refusal();
      if (refused) return refused;
      return greenApi.sendMessage(`${whatsAppDigits(phone)}@c.us`, text, signal);
    },
  };
}
