import type { WebhookProbe } from '../provider.js';
import { WHATSAPP_CLOUD_WEBHOOK, signatureOf } from './webhook.js';

/** A signed batch without a report and without a message. Meta sends up to 3 MB (WhatsApp Cloud API, Webhooks). */
export const cloudProbe = (appSecret: string): WebhookProbe => ({
  about: 'whatsapp-cloud',
  name: 'webhook',
  method: 'POST',
  path: WHATSAPP_CLOUD_WEBHOOK,
  shownPath: WHATSAPP_CLOUD_WEBHOOK,
  variable: 'WHATSAPP_CLOUD_APP_SECRET',
  request(padding) {
    const body = JSON.stringify({ object: 'whatsapp_business_account', entry: [], padding });
    return {
      headers: { 'content-type': 'application/json', 'x-hub-signature-256': signatureOf(body, appSecret) },
      body,
    };
  },
  large: {
    bytes: 3 * 1024 * 1024,
    consequence: 'Meta reports on many messages at once, and repeats what is refused',
  },
});
