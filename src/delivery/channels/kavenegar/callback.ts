import type { WebhookProbe } from '../provider.js';

/** The path of the status callback. The secret follows it. */
export const KAVENEGAR_CALLBACK = '/api/webhooks/kavenegar/status/';

/** A status of a message that Kavenegar has not sent: it gives no such ID. */
export const kavenegarProbe = (secret: string): WebhookProbe => ({
  about: 'kavenegar',
  name: 'status callback',
  method: 'GET',
  path: `${KAVENEGAR_CALLBACK}${secret}?messageid=0&status=1`,
  shownPath: `${KAVENEGAR_CALLBACK}…`,
  variable: 'KAVENEGAR_CALLBACK_SECRET',
});
