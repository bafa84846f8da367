import { type Channel, failed } from '../channel.js';
import type { GreenApi } from './client.js';
import type { InstanceState } from './instance-state.js';

/**
 * A WhatsApp text. An instance that is not authorised is passed over at once: it would keep the code for a day and send
 * it then. While its state cannot be learnt the message is tried all the same.
 */
export function createGreenApiChannel(greenApi: GreenApi, instanceState: InstanceState): Channel {
  return {
    name: 'green-api',
    serves: () => true,
    hasReceipts: true,
    isIdempotent: false,
    async send({ phone, text }, signal) {
      const state = await instanceState.current();
      if (state !== undefined && state !== 'authorized') return failed('channel_down', `instance ${state}`);
      return greenApi.sendMessage(`${phone.slice(1)}@c.us`, text, signal);
    },
  };
}
