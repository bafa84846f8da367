import { z } from 'zod';
import { whatsAppDigits } from '../../../phone/whatsapp-phone.js';
import { type Channel, type Failed, failed } from '../channel.js';
import { isFailed } from '../http.js';
import type { GreenApi } from './client.js';
import type { InstanceState } from './instance-state.js';
import { receiptOf } from './results.js';

const JOURNAL_RECORD = z.object({ statusMessage: z.string() });
const STATUS_TIMEOUT_MS = 5_000;

/**
 * The reason why an instance would not send now. One that is not authorized keeps a code for up to 24 hours and sends it
 * later. If the state is unknown, the message is sent.
 */
export async function refusalOf(instanceState: Pick<InstanceState, 'current'>): Promise<Failed | undefined> {
  const state = await instanceState.current();
  return state === undefined || state === 'authorized' ? undefined : failed('channel_down', `instance ${state}`);
}

/** Sends a text by WhatsApp. */
export function createGreenApiChannel(deps: {
  greenApi: GreenApi;
  instanceState: Pick<InstanceState, 'current'>;
}): Channel {
  const { greenApi, instanceState } = deps;

  const refusal = () => refusalOf(instanceState);

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
    async receiptOf({ phone, providerId }) {
      const request = { chatId: `${whatsAppDigits(phone)}@c.us`, idMessage: providerId };
      const answer = await greenApi.call('getMessage', request, AbortSignal.timeout(STATUS_TIMEOUT_MS));
      return isFailed(answer) ? undefined : receiptOf(JOURNAL_RECORD.safeParse(answer.body).data?.statusMessage ?? '');
    },
  };
}
