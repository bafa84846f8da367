import { z } from 'zod';
import { type Accepted, type Channel, type Failed, failed } from '../channel.js';
import { isFailed } from '../http.js';
import type { WhatsAppCloud } from './client.js';

const SENT = z.object({ messages: z.array(z.object({ id: z.string().regex(/^[\x21-\x7e]{1,128}$/) })).min(1) });

/** Meta's names of our languages (developers.facebook.com, Supported languages). */
const LANGUAGES: Record<string, string> = { en: 'en', ru: 'ru', kk: 'kk', ky: 'ky_KG', fa: 'fa' };
const DEFAULT_LANGUAGE = 'en';
export const TEMPLATE_LANGUAGES: readonly string[] = Object.values(LANGUAGES);

/**
 * Sends a code by WhatsApp with an authentication template (developers.facebook.com/docs/whatsapp/business-management-api/
 * authentication-templates). The text is Meta's; the code is in it and behind its button.
 */
export function createWhatsAppCloudChannel(deps: { cloud: WhatsAppCloud; template: string }): Channel {
  const { cloud, template } = deps;

  async function sendIn(
    language: string,
    { phone, code, name, deliveryId }: { phone: string; code: string; name: string; deliveryId: string },
    signal: AbortSignal,
  ): Promise<Accepted | Failed> {
    const parameters = [{ type: 'text', text: code }];
    const body = {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: phone.slice(1),
      biz_opaque_callback_data: deliveryId, // repeated in the statuses of the message
      type: 'template',
      template: {
        name,
        language: { code: language },
        components: [
          { type: 'body', parameters },
          { type: 'button', sub_type: 'url', index: '0', parameters },
        ],
      },
    };
    const answer = await cloud.call(`${cloud.phoneNumberId}/messages`, body, signal);
    if (isFailed(answer)) return answer;
    const [message] = SENT.safeParse(answer.body).data?.messages ?? [];
    return message
      ? { outcome: 'accepted', providerId: message.id, template: name }
      : failed('unknown', 'unreadable answer');
  }

  return {
    name: 'whatsapp-cloud',
    serves: () => true,
    carriesNotifications: false,
    hasReceipts: true,
    isIdempotent: false,
    templateOf: ({ providerTemplate = template }) => providerTemplate,
    templatePage: 'https://business.facebook.com/latest/whatsapp_manager/message_templates',
    async send({ phone, code, deliveryId, locale = DEFAULT_LANGUAGE, providerTemplate }, signal) {
      const message = { phone, code, deliveryId, name: providerTemplate ?? template };
      const language = LANGUAGES[locale] ?? DEFAULT_LANGUAGE;
      const result = await sendIn(language, message, signal);
      // A template is approved, paused and disabled for each language on its own.
      const isRefused = result.outcome === 'failed' && result.failure === 'template_rejected';
      return isRefused && language !== DEFAULT_LANGUAGE ? sendIn(DEFAULT_LANGUAGE, message, signal) : result;
    },
  };
}
