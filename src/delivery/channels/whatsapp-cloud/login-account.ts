import type { LoginAccount } from '../account-number.js';
import { isFailed } from '../http.js';
import type { WhatsAppAccount } from '../whatsapp-account.js';
import { readCloudPhone } from './account.js';
import type { WhatsAppCloud } from './client.js';

const TIMEOUT_MS = 5_000;

/**
 * Answers in the 24 hours after a message of the user, for which Meta takes any text. A user with a username may hide
 * the phone: then the message carries only an ID of Meta (BSUID), and nobody can look the phone up.
 */
export function createCloudAccount(cloud: WhatsAppCloud): WhatsAppAccount {
  return {
    async sendMessage(chatId, text, signal = AbortSignal.timeout(TIMEOUT_MS)) {
      const [id = '', kind] = chatId.split('@');
      const body = {
        messaging_product: 'whatsapp',
        recipient_type: 'individual',
        ...(kind === 'lid' ? { recipient: id } : { to: id }),
        type: 'text',
        text: { preview_url: false, body: text },
      };
      const answer = await cloud.call(`${cloud.phoneNumberId}/messages`, body, signal);
      if (isFailed(answer)) return answer;
      return { outcome: 'accepted', providerId: null };
    },
    phoneOf: () => Promise.resolve('hidden'),
  };
}

/** The number of this ID at Meta, as the one to which users write. */
export const cloudLoginAccount = (cloud: WhatsAppCloud): LoginAccount => ({
  account: `whatsapp-cloud ${cloud.phoneNumberId}`,
  async readNumber() {
    const phone = await readCloudPhone(cloud);
    return isFailed(phone) ? undefined : phone.number || undefined;
  },
  logOtherNumber: (log) => log.error({ event: 'whatsapp_cloud.other_number' }),
});
