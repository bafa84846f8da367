import { stripAuthScheme } from '../../../config/strip-auth-scheme.js';
import { secretsEqual } from '../../../secrets-equal.js';
import { receiptOf } from '../green-api/results.js';
import { readWebhook } from '../green-api/webhook.js';
import type { ProviderWebhook } from '../provider.js';

export const WEBHOOK_OF_MAX = '/api/webhooks/greenapi/max';

/**
 * Green API's webhook for an instance of MAX. Its events have the form of WhatsApp's (green-api.com/v3/docs/api/receiving/
 * notifications-format), with `typeInstance` "v3" and chats without `@c.us`. Only statuses count: every other event gets the 200
 * without which Green API would repeat it and hold back all that follow.
 */
export function createGreenApiMaxWebhook(ours: { idInstance: string; webhookToken: string }): ProviderWebhook {
  return {
    isAuthentic({ headers: { authorization } }) {
      return typeof authorization === 'string' && secretsEqual(stripAuthScheme(authorization), ours.webhookToken);
    },
    receiptsIn({ method, body }) {
      const event =
        method === 'POST' ? readWebhook(body, { idInstance: ours.idInstance, number: undefined }) : undefined;
      const receipt = event?.kind === 'status' ? receiptOf(event.status.status) : undefined;
      return event?.kind === 'status' && receipt
        ? [{ ...receipt, channels: ['green-api-max'], providerId: event.status.idMessage }]
        : [];
    },
  };
}
