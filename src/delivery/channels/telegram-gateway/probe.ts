import type { WebhookProbe } from '../provider.js';
import { TELEGRAM_GATEWAY_WEBHOOK } from './index.js';
import { signatureOf } from './webhook.js';

/** A signed report on no message. */
export const telegramGatewayProbe = (token: string): WebhookProbe => ({
  about: 'telegram-gateway',
  name: 'webhook',
  method: 'POST',
  path: TELEGRAM_GATEWAY_WEBHOOK,
  shownPath: TELEGRAM_GATEWAY_WEBHOOK,
  variable: 'TELEGRAM_GATEWAY_TOKEN',
  request() {
    const body = '{}';
    const time = String(Math.floor(Date.now() / 1000));
    const signature = signatureOf({ time, body, token }).toString('hex');
    return {
      headers: {
        'content-type': 'application/json',
        'x-request-timestamp': time,
        'x-request-signature': signature,
      },
      body,
    };
  },
});
