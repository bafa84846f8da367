import type { WebhookProbe } from '../provider.js';
import { DOCTOR_PROBE, GREEN_API_WEBHOOK } from './settings.js';

/** An event of an unknown type. Webhooks of Green API contain thumbnails and contact cards. */
export const greenApiProbe = (token: string): WebhookProbe => ({
  about: 'green-api',
  name: 'webhook',
  method: 'POST',
  path: GREEN_API_WEBHOOK,
  shownPath: GREEN_API_WEBHOOK,
  variable: 'GREEN_API_WEBHOOK_TOKEN',
  request: (padding) => ({
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ typeWebhook: DOCTOR_PROBE, padding }),
  }),
  large: { bytes: 2 * 1024 * 1024, consequence: 'one with a picture would block all that follow' },
});
