import { whatsAppDigits } from '../../../phone/whatsapp-phone.js';
import { type Channel, type Failed, failed } from '../channel.js';
import type { GreenApi } from './client.js';
import type { InstanceState } from './instance-state.js';

/**
 * A WhatsApp text. An instance that is not authorised is passed over at once: it would keep the code for a day and send
 * it then. While its state cannot be learnt the message is tried all the same.
 */
export function createGreenApiChannel(greenApi: GreenApi, instanceState: InstanceState): Channel {
  async function refusal(): Promise<Failed | undefined> {
    const state = await instanceState.current();
    return state === undefined || state === 'authorized' ? undefined : failed('channel_down', `instance ${state}`);
  }

  return {
    name: 'green-api',
    serves: () => true,
    carriesNotices: true,
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
