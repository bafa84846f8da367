import type { WebhookProbe } from '../provider.js';
import { WEBHOOK_OF_MAX } from './webhook.js';

/** An event that concerns no message. */
export const greenApiMaxProbe = (webhookToken: string): WebhookProbe => ({
  about: 'green-api-max',
  name: 'webhook',
  method: 'POST',
  path: WEBHOOK_OF_MAX,
  shownPath: WEBHOOK_OF_MAX,
  variable: 'GREEN_API_MAX_WEBHOOK_TOKEN',
  request: () => ({
    headers: { 'content-type': 'application/json', authorization: `Bearer ${webhookToken}` },
    body: '{}',
  }),
});
