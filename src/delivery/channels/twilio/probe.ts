import type { WebhookProbe } from '../provider.js';
import { TWILIO_WEBHOOK } from './index.js';
import { signatureOf } from './webhook.js';

/** A signed report on no message. */
export const twilioProbe = (authToken: string, publicUrl: string): WebhookProbe => ({
  about: 'twilio',
  name: 'status callback',
  method: 'POST',
  path: TWILIO_WEBHOOK,
  shownPath: TWILIO_WEBHOOK,
  variable: 'TWILIO_AUTH_TOKEN',
  request: () => ({
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': signatureOf(`${publicUrl}${TWILIO_WEBHOOK}`, new URLSearchParams(), authToken),
    },
    body: '',
  }),
});
